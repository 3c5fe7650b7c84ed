//! How chats and bots of Telegram are joined, and let go.

use anyhow::{Context as _, Result};
use serde_json::json;

use bailee_core::{
    Capabilities, Cardinality, ConnectKind, ExposeSecret as _, Grant, Notification, Provider as _,
    ProviderError, Revoke, SecretString, Start, Validate,
};
use bailee_providers::{ConfigError, Telegram};
use bailee_testkit::{
    mock_provider::Fault,
    mock_telegram::{OWN_BOT, OWN_NAME, Person, SET_WEBHOOK, SHARED_BOT, SHARED_NAME, Webhook},
};
use provider_tests::{TelegramKit, WORD, notify, telegram};

const TAKEN: ProviderError = ProviderError::Rejected { status: 409, code: "webhook_taken" };

fn foreign() -> Webhook {
    Webhook { url: "https://other.example/telegram".to_owned(), ..Webhook::default() }
}

async fn revoke(kit: &TelegramKit, grant: &Grant) -> Result<(), ProviderError> {
    kit.telegram.revoke(Revoke { client: None, credential: &grant.credential }).await
}

#[test]
fn one_variable_configures_telegram_and_no_other_text_will_do() -> Result<()> {
    let set = |token: &'static str| {
        Telegram::from_lookup(move |name| (name == "TELEGRAM_BOT_TOKEN").then(|| token.to_owned()))
    };
    assert!(set(SHARED_BOT)?.is_some());
    assert!(set(" ")?.is_none());
    let invalid = ConfigError::Invalid { what: "TELEGRAM_BOT_TOKEN" };
    assert_eq!(set("https://t.me/a_bot").map(drop), Err(invalid));
    let unknown = Telegram::new(SHARED_BOT.to_owned().into())?.with_tools(["getUpdates"]).map(drop);
    assert_eq!(unknown, Err(ConfigError::UnknownTool { name: "getUpdates".to_owned() }));
    Ok(())
}

#[tokio::test]
async fn telegram_is_paired_by_word_or_joined_by_form_as_often_as_wanted() -> Result<()> {
    let kit = telegram().await?;
    let descriptor = kit.telegram.descriptor();
    assert_eq!(descriptor.connect, ConnectKind::Pairing);
    assert_eq!(descriptor.cardinality, Cardinality::Many);
    let all = Capabilities::NOTIFY | Capabilities::RECEIVE | Capabilities::REVOKE | Capabilities::VALIDATE;
    assert_eq!(descriptor.capabilities, all);
    let form = descriptor.form.clone().context("a form")?;
    assert_eq!(form["properties"]["bot_token"]["writeOnly"], true);
    assert_eq!(form["required"], json!(["bot_token"]));
    Ok(())
}

#[tokio::test]
async fn a_start_sets_the_webhook_of_the_shared_bot_once_and_links_to_it() -> Result<()> {
    let kit = telegram().await?;
    let link = kit.start().await?;
    assert_eq!(link.as_str(), format!("https://t.me/{SHARED_NAME}?start={WORD}"));
    let webhook = kit.mock.webhook(SHARED_BOT).context("a webhook")?;
    assert_eq!(webhook.url, kit.shared_hook().as_str());
    assert_eq!(webhook.allowed_updates, ["message", "my_chat_member"]);
    let secret = webhook.secret_token.clone().context("a secret")?;
    assert_eq!(secret.len(), 43);
    assert!(!secret.contains("AAEmock"), "the token is not the secret");
    kit.start().await?;
    let sets = kit.mock.requests().iter().filter(|request| request.endpoint == Some(SET_WEBHOOK)).count();
    assert_eq!(sets, 1, "what is set stays");
    let failing = Webhook { last_error_message: Some("401".to_owned()), secret_token: None, ..webhook };
    kit.mock.set_webhook(SHARED_BOT, failing);
    kit.start().await?;
    let again = kit.mock.webhook(SHARED_BOT).context("a webhook")?;
    assert_eq!(again.secret_token, Some(secret), "what fails is set anew, with the same secret");
    Ok(())
}

#[tokio::test]
async fn a_webhook_of_other_software_stays_unless_the_host_takes_it_over() -> Result<()> {
    let mut kit = telegram().await?;
    kit.mock.set_webhook(SHARED_BOT, foreign());
    assert_eq!(kit.start().await, Err(TAKEN));
    assert_eq!(kit.mock.webhook(SHARED_BOT), Some(foreign()));
    kit.telegram = kit.telegram.clone().replace_webhook();
    kit.start().await?;
    assert_eq!(kit.mock.webhook(SHARED_BOT).map(|webhook| webhook.url), Some(kit.shared_hook().to_string()));
    Ok(())
}

#[tokio::test]
async fn an_own_bot_gets_a_webhook_with_a_secret_of_its_own() -> Result<()> {
    let kit = telegram().await?;
    let joined = kit.join(&json!({ "bot_token": OWN_BOT }), None).await?;
    assert_eq!(joined.grant.account.id.as_str(), "5550077");
    assert_eq!(joined.grant.account.label, Some(format!("@{OWN_NAME}")));
    assert_eq!(joined.grant.config, serde_json::Map::from_iter([("bot".to_owned(), json!("own"))]));
    let link = joined.link.context("a link")?;
    assert_eq!(link.as_str(), format!("https://t.me/{OWN_NAME}?start={WORD}"));
    let webhook = kit.mock.webhook(OWN_BOT).context("a webhook")?;
    assert_eq!(webhook.url, kit.own_hook().as_str());
    let kept = joined.grant.credential.extra.get("webhook_secret").context("a secret")?;
    assert_eq!(webhook.secret_token.as_deref(), Some(kept.expose_secret()));
    assert_eq!(kit.mock.webhook(SHARED_BOT), None, "the shared bot is another");
    Ok(())
}

#[tokio::test]
async fn an_own_bot_of_other_software_is_left_alone_unless_its_owner_says_so() -> Result<()> {
    let kit = telegram().await?;
    kit.mock.set_webhook(OWN_BOT, foreign());
    for fields in [json!({ "bot_token": OWN_BOT }), json!({ "bot_token": OWN_BOT, "replace_webhook": false })]
    {
        assert_eq!(kit.join(&fields, None).await.map(drop), Err(TAKEN));
    }
    assert_eq!(kit.mock.webhook(OWN_BOT), Some(foreign()));
    kit.join(&json!({ "bot_token": OWN_BOT, "replace_webhook": true }), None).await?;
    assert_eq!(kit.mock.webhook(OWN_BOT).map(|webhook| webhook.url), Some(kit.own_hook().to_string()));
    Ok(())
}

#[tokio::test]
async fn a_bot_with_a_new_token_is_the_same_bot() -> Result<()> {
    let kit = telegram().await?;
    let grant = kit.own().await?;
    let renewed = "5550077:AAGrenewed-token-0123456789_0123456";
    kit.mock.replace_token(OWN_BOT, renewed);
    let old = kit.join(&json!({ "bot_token": OWN_BOT }), Some(&grant)).await.map(drop);
    assert_eq!(old, Err(ProviderError::GrantRevoked { reason: "invalid_token" }));
    let joined = kit.join(&json!({ "bot_token": renewed }), Some(&grant)).await?;
    assert_eq!(joined.grant.account.id, grant.account.id);
    Ok(())
}

#[tokio::test]
async fn two_changes_of_a_webhook_at_once_are_worth_repeating() -> Result<()> {
    let kit = telegram().await?;
    let json = json!({ "ok": false, "error_code": 409, "description": "Conflict", "parameters": { "retry_after": 1 } });
    kit.mock.fault(SET_WEBHOOK, Fault::Answer { status: 409, json }).once();
    assert!(kit.start().await.is_err_and(|error| error.is_temporary()));
    assert!(kit.start().await.is_ok());
    Ok(())
}

#[tokio::test]
async fn a_disconnect_ends_the_deliveries_of_an_own_bot_and_asks_nothing_of_the_shared_one() -> Result<()> {
    let kit = telegram().await?;
    let (shared, own) = (kit.shared().await?, kit.own().await?);
    revoke(&kit, &own).await?;
    assert_eq!(kit.mock.webhook(OWN_BOT), None);
    assert_eq!(revoke(&kit, &own).await, Err(ProviderError::AlreadyDone));
    let before = kit.mock.requests().len();
    assert_eq!(revoke(&kit, &shared).await, Err(ProviderError::Unsupported));
    assert_eq!(kit.mock.requests().len(), before);
    assert!(kit.mock.webhook(SHARED_BOT).is_some(), "the shared bot goes on");
    Ok(())
}

#[tokio::test]
async fn a_disconnect_leaves_what_others_have_set_since() -> Result<()> {
    let kit = telegram().await?;
    let own = kit.own().await?;
    kit.mock.set_webhook(OWN_BOT, foreign());
    assert_eq!(revoke(&kit, &own).await, Err(ProviderError::AlreadyDone));
    assert_eq!(kit.mock.webhook(OWN_BOT), Some(foreign()));
    kit.mock.revoke_token(OWN_BOT);
    assert_eq!(revoke(&kit, &own).await, Err(ProviderError::AlreadyDone));
    Ok(())
}

#[tokio::test]
async fn a_probe_asks_as_the_bot_that_is_meant() -> Result<()> {
    let kit = telegram().await?;
    let (shared, own) = (kit.shared().await?, kit.own().await?);
    for (grant, known) in [(&shared, None), (&own, Some("5550077"))] {
        let Grant { credential, account, config, .. } = grant;
        let validate =
            Validate { access_token: &credential.access_token, further: &credential.extra, account, config };
        let account = kit.telegram.validate(validate).await?.account;
        assert_eq!(account.as_ref().map(|account| account.id.as_str()), known);
    }
    let other = Validate {
        access_token: &own.credential.access_token,
        further: &own.credential.extra,
        account: &shared.account,
        config: &own.config,
    };
    assert_eq!(kit.telegram.validate(other).await.map(drop), Err(ProviderError::TokenRejected));
    Ok(())
}

#[tokio::test]
async fn a_notification_is_cut_to_the_limit_and_keeps_its_address() -> Result<()> {
    let kit = telegram().await?;
    let grant = kit.shared().await?;
    let news = Notification::new("a", "Title", "\u{1F511}".repeat(4_000))?
        .with_url("https://app.example.test/runs/1".parse()?)?;
    let delivered = notify(&kit.telegram, &grant, &news).await?;
    assert_eq!(delivered.reference.as_deref(), Some("1"));
    let (_, chat, arguments) = kit.mock.messages().pop().context("a message")?;
    assert_eq!(chat, Person::ada().id);
    let text = arguments["text"].as_str().context("a text")?;
    assert!(text.starts_with("Title\n\n\u{1F511}") && text.ends_with("…\n\nhttps://app.example.test/runs/1"));
    assert!((4_090..=4_096).contains(&text.encode_utf16().count()));
    Ok(())
}

#[tokio::test]
async fn the_mock_takes_a_plain_webhook_of_this_machine_only_when_it_was_told_to() -> Result<()> {
    let kit = telegram().await?;
    let word = SecretString::from(WORD);
    let start = async |hook: &str| {
        let hook = hook.parse()?;
        let started = kit.telegram.start(Start { word: &word, account: None, hook: &hook }).await;
        Ok::<_, anyhow::Error>(started.is_ok())
    };
    let here = "http://localhost:8080/api/hooks/telegram/shared";
    assert!(!start(here).await?);
    kit.mock.allow_loopback_webhooks();
    assert!(start(here).await?);
    assert!(!start("http://app.example.test/api/hooks/telegram/shared").await?);
    Ok(())
}
