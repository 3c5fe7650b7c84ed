//! HTTP, OAuth, providers, stores.

use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, ensure};
use axum::{Json, Router, routing::post};
use bailee_core::{ClientCredentials, ClientId, ClientRegistration, SecretString};
use bailee_engine::SystemClock;
use bailee_oauth::{
    HttpClient, HttpOptions, IdToken, OAuthDefinition, OAuthProvider, Proxy, Request, Response,
    TokenEndpoint, TokenFailure,
};
use bailee_providers::{
    Email, Google, GoogleEndpoints, LinkedIn, Notion, Slack, Telegram, Teller, TellerEnvironment, Webhook,
    WebhookSink, X,
};
use bailee_storage::{SqlOptions, SqlStore};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode, header};
use leak_tests::Secrets;
use serde_json::json;
use test_support::Engine;

use crate::{CANARY, Printed, canary};

/// The canary, as a key is written.
const KEY: &str = "YS1jYW5hcnktdGhhdC1uby1kZWJ1Zy1tYXktc2luZw==";

/// What a hook saw: it is a plain function.
static FAILURE: OnceLock<String> = OnceLock::new();

pub(crate) async fn all(printed: &mut Printed, secrets: &mut Secrets) -> anyhow::Result<()> {
    requests(printed)?;
    token_endpoint(printed).await?;
    id_token(printed)?;
    providers(printed)?;
    stores(printed, secrets).await
}

fn requests(printed: &mut Printed) -> anyhow::Result<()> {
    let proxy = Proxy::new("http://proxy.example:3128".parse()?).with_login("user", canary());
    printed.print("bailee-oauth::Proxy", &proxy);
    let with_login: url::Url = format!("http://user:{CANARY}@proxy.example:3128/?key={CANARY}").parse()?;
    printed.print("bailee-oauth::Proxy", &Proxy::new(with_login));
    let options = HttpOptions::default().with_proxy(proxy);
    printed.print("bailee-oauth::HttpOptions", &options);
    printed.print("bailee-oauth::HttpClient", &HttpClient::new(&options)?);
    let request = Request::get(format!("https://api.example/{CANARY}?token={CANARY}").parse()?)
        .bearer(&canary(), &["api.example".to_owned()])?
        .header(header::COOKIE, CANARY.parse()?)
        .form([("token", CANARY)]);
    printed.print("bailee-oauth::Request", &request);
    let request = Request::post("https://api.example".parse()?).basic(CANARY, &canary())?;
    printed.print("bailee-oauth::Request", &request.json(&json!({ "token": CANARY })));
    let mut headers = HeaderMap::new();
    headers.insert(header::WWW_AUTHENTICATE, CANARY.parse()?);
    printed.print("bailee-oauth::Response", &Response::new(StatusCode::OK, &headers, CANARY));
    Ok(())
}

/// A token endpoint that repeats what it was sent; its address has a login.
async fn token_endpoint(printed: &mut Printed) -> anyhow::Result<()> {
    let answer =
        json!({ "access_token": CANARY, "refresh_token": CANARY, "id_token": CANARY, "state": CANARY });
    let refusal = json!({ "error": CANARY, "error_description": CANARY });
    let router = Router::new()
        .route("/token", post(move || async move { Json(answer) }))
        .route("/refused", post(move || async move { (StatusCode::BAD_REQUEST, Json(refusal)) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let origin: url::Url = format!("http://{}", listener.local_addr()?).parse()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    let client_id = ClientId::new("client")?;
    let secret = canary();
    let client = ClientCredentials { client_id: &client_id, secret: Some(&secret) };
    let endpoint = TokenEndpoint::new(http.clone(), origin.join("/token")?);
    printed.print("bailee-oauth::TokenAnswer", &endpoint.refresh(client, &canary()).await?);
    let refusing = TokenEndpoint::new(http.clone(), origin.join("/refused")?).with_failure_hook(saw);
    ensure!(refusing.refresh(client, &canary()).await.is_err(), "it was refused");
    printed.note("bailee-oauth::TokenFailure", &FAILURE.get().context("the hook was asked")?.clone());
    let with_login: url::Url = format!("https://user:{CANARY}@as.example/{CANARY}?key={CANARY}").parse()?;
    let endpoint = TokenEndpoint::new(http, with_login.clone()).with_revocation(with_login);
    printed.print("bailee-oauth::TokenEndpoint", &endpoint);
    Ok(())
}

fn saw(failure: &TokenFailure<'_>) -> Option<bailee_core::ProviderError> {
    FAILURE.get_or_init(|| format!("{failure:?}\n{failure:#?}"));
    None
}

fn id_token(printed: &mut Printed) -> anyhow::Result<()> {
    let claims = json!({ "iss": "https://as.example", "aud": "client", "sub": "1", "nonce": CANARY });
    let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let token = SecretString::from(token);
    let token = IdToken::from_token_endpoint(&token, &ClientId::new("client")?, &["https://as.example"])?;
    printed.print("bailee-oauth::IdToken", &token);
    Ok(())
}

/// Behind a gateway whose address holds a login and a key.
/// Its addresses have a gateway's key in them.
const DEFINITION: &str = r#"
    key = "example"
    name = "Example"
    token_hosts = ["as.example"]
    authorize.request.url = "https://as.example/a-canary-that-no-debug-may-sing"
    token.request.url = "https://as.example/a-canary-that-no-debug-may-sing"
    userinfo.request.url = "https://as.example/a-canary-that-no-debug-may-sing"
    account.id = ["/sub"]
"#;

fn providers(printed: &mut Printed) -> anyhow::Result<()> {
    ensure!(DEFINITION.contains(CANARY), "it has the canary");
    let definition = OAuthDefinition::from_toml(DEFINITION)?;
    printed.print("bailee-oauth::OAuthDefinition", &definition);
    let registration = ClientRegistration::new(ClientId::new("client")?, canary());
    printed.print("bailee-oauth::OAuthProvider", &OAuthProvider::new(definition, registration)?);
    let gateway: url::Url =
        format!("https://user:{CANARY}@gateway.example/{CANARY}/?key={CANARY}").parse()?;
    let endpoints = GoogleEndpoints::at(&gateway)?;
    printed.print("bailee-providers::GoogleEndpoints", &endpoints);
    printed.print(
        "bailee-providers::GoogleEndpoints",
        &GoogleEndpoints { token: gateway.clone(), ..endpoints.clone() },
    );
    let google = Google::new(ClientRegistration::new(ClientId::new("client")?, canary()))?;
    printed.print("bailee-providers::Google", &google.with_endpoints(endpoints));
    let slack = Slack::new(ClientRegistration::new(ClientId::new("client")?, canary()))?;
    printed.print("bailee-providers::Slack", &slack.with_endpoints(&gateway)?);
    let registration = || anyhow::Ok(ClientRegistration::new(ClientId::new("client")?, canary()));
    printed.print("bailee-providers::LinkedIn", &LinkedIn::new(registration()?)?);
    printed.print("bailee-providers::Notion", &Notion::new(registration()?)?);
    printed.print("bailee-providers::X", &X::new(registration()?)?);
    printed.print("bailee-providers::Email", &Email::new()?);
    printed.print("bailee-providers::Webhook", &Webhook::new()?);
    let (address, key) = (format!("https://hooks.example/{CANARY}").parse()?, format!("whsec_{KEY}"));
    let sink = WebhookSink::new("sink", &address, key.clone().into(), Arc::new(SystemClock::new()))?;
    printed.print("bailee-providers::WebhookSink", &sink.with_previous_key(key.into())?);
    let public_key = "11".repeat(32);
    let teller = Teller::new("app_1", TellerEnvironment::Sandbox, &public_key)?;
    printed.print(
        "bailee-providers::Teller",
        &teller.with_webhook_secret(&canary()).with_endpoints(gateway.clone()),
    );
    let telegram = Telegram::new(SecretString::from(format!("781700368:{CANARY}")))?;
    printed.print("bailee-providers::Telegram", &telegram.with_endpoints(&gateway)?);
    Ok(())
}

/// With the addresses of the databases, passwords and all.
async fn stores(printed: &mut Printed, secrets: &mut Secrets) -> anyhow::Result<()> {
    printed.print("bailee-storage::SqlOptions", &SqlOptions::default());
    for engine in Engine::ALL {
        let Some(database) = engine.fresh().await? else {
            continue;
        };
        if let Some(password) = password(database.url()) {
            secrets.add("password of the database", password.as_bytes())?;
        }
        let pool = test_support::Raw::open(&database).await?.logging_pool().await?;
        printed.print("bailee-storage::SqlPool", &pool);
        printed.print("bailee-storage::SqlStore", &SqlStore::from_pool(pool));
        printed.print("bailee-storage::SqlStore", &database.store().await?);
    }
    Ok(())
}

fn password(url: &str) -> Option<String> {
    let url: url::Url = url.parse().ok()?;
    url.password().map(str::to_owned)
}
