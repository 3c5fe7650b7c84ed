//! The token of a bot stands in the address of every request. Alone in its process, as it listens to all of it.

use std::collections::BTreeMap;

use anyhow::ensure;
use axum::{
    Router,
    http::{StatusCode, Uri},
};
use bailee_core::{
    Credential, DateTime, IntegrationId, Join, Provider, ProviderError, Revoke, SecretString, Start,
    ToolAccount, ToolCall, ToolName, Uuid, Validate,
};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::Telegram;
use leak_tests::{Capture, Secrets, Told, http2};
use serde_json::{Map, json};
use url::Url;

const SHARED: &str = "781700368:AAE-the-bot-of-the-platform-0123456";
const OWN: &str = "5550077:AAF-the-bot-of-a-user-0123456789_x";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn t94_no_token_of_a_bot_is_shown_when_telegram_cannot_be_reached() -> anyhow::Result<()> {
    let log = Capture::begin()?;
    let mut told = Told::default();
    let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let loopback = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    let echo = |uri: Uri| async move { (StatusCode::BAD_GATEWAY, uri.to_string()) };
    let (origin, certificate) = http2(Router::new().fallback(echo)).await?;
    let trusting = HttpOptions::default().with_root_certificate_der(certificate);
    // Nobody listens; no such name; a certificate of nobody; a gateway that repeats the address over HTTP/2.
    for (origin, http) in [
        (format!("http://{closed}").parse::<Url>()?, loopback.clone()),
        ("https://telegram.invalid".parse()?, loopback.clone()),
        (origin.clone(), loopback),
        (origin, HttpClient::new(&trusting)?),
    ] {
        let telegram = Telegram::new(SHARED.to_owned().into())?.with_endpoints(&origin)?.with_http(http);
        told.value(&telegram);
        ask(&telegram, &mut told).await?;
    }
    let bytes = log.bytes();
    let text = String::from_utf8_lossy(&bytes);
    for target in ["h2::", "hyper_util", "reqwest", "rustls"] {
        ensure!(text.contains(target), "{target} logged nothing");
    }
    let mut secrets = Secrets::default();
    for token in [SHARED, OWN] {
        let (_, secret) = token.split_once(':').unwrap_or_default();
        secrets.add("token of a bot", secret.as_bytes())?;
    }
    let mut found = secrets.found_in("the log", &bytes)?;
    found.extend(secrets.found_in("what is printed", told.text().as_bytes())?);
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

/// Everything that makes a request. None of it gets through.
async fn ask(telegram: &Telegram, told: &mut Told) -> anyhow::Result<()> {
    let word = SecretString::from("word-0123456789-0123456789-0123456789-01234");
    let hook = "https://app.example/api/hooks/telegram/own-1".parse()?;
    let start = telegram.start(Start { word: &word, account: None, hook: &hook }).await;
    refused(told, &start)?;
    let fields = SecretString::from(json!({ "bot_token": OWN }).to_string());
    let now = DateTime::UNIX_EPOCH;
    let join = Join { fields: &fields, word: &word, random: &word, hook: &hook, previous: None, now };
    refused(told, &telegram.join(join).await)?;
    let mut credential = Credential::new(SecretString::from(OWN));
    credential.extra.insert("webhook_url".to_owned(), SecretString::from(hook.as_str()));
    refused(told, &telegram.revoke(Revoke { client: None, credential: &credential }).await)?;
    let account = bailee_core::Account { id: bailee_core::AccountId::new("5550077")?, label: None };
    let config = Map::from_iter([("chat_id".to_owned(), json!(1))]);
    for access_token in [&credential.access_token, &SecretString::from("shared")] {
        let validate =
            Validate { access_token, further: &BTreeMap::new(), account: &account, config: &config };
        refused(told, &telegram.validate(validate).await)?;
        let integration = IntegrationId::from_parts(1, [0; 10]);
        let accounts = [ToolAccount { integration, account: &account, access_token, config: &config }];
        let call = ToolCall {
            tool: &ToolName::new("send_telegram_message")?,
            arguments: &json!({ "text": "x" }),
            accounts: &accounts,
            idempotency_key: None,
            id: Uuid::nil(),
            now,
        };
        refused(told, &telegram.call(call).await)?;
    }
    Ok(())
}

fn refused<T: std::fmt::Debug>(told: &mut Told, result: &Result<T, ProviderError>) -> anyhow::Result<()> {
    told.tell(result);
    ensure!(result.as_ref().is_err_and(ProviderError::is_temporary), "{result:?}");
    Ok(())
}
