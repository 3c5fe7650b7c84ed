//! A bot has exactly one webhook, so that taking it is taking it away from whoever has it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::hmac::{self, HMAC_SHA256};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{Telegram, bot_token::BotToken};
use crate::api::Repeat;
use bailee_core::ProviderError;

const UPDATES: [&str; 2] = ["message", "my_chat_member"];

/// What a webhook is to become.
pub(super) struct Wanted<'a> {
    pub(super) url: &'a Url,
    pub(super) secret: &'a SecretString,
    /// Another address that is ours too.
    pub(super) ours: Option<&'a str>,
    /// Whether a foreign one is replaced.
    pub(super) replace: bool,
    /// Whether the secret is another one each time.
    pub(super) fresh_secret: bool,
}

#[derive(Deserialize)]
struct Info {
    url: String,
    last_error_message: Option<String>,
    allowed_updates: Option<Vec<String>>,
}

impl Info {
    /// Whether this address gets what it needs, and takes it.
    fn serves(&self, url: &Url) -> bool {
        let told = |name: &str| self.allowed_updates.iter().flatten().any(|allowed| allowed == name);
        self.url == url.as_str() && self.last_error_message.is_none() && UPDATES.into_iter().all(told)
    }
}

/// Sets the webhook of a bot unless it is set as it should be.
///
/// # Errors
/// [`ProviderError::Rejected`] with `webhook_taken` when another software has it.
pub(super) async fn set(
    telegram: &Telegram,
    bot: &BotToken,
    wanted: &Wanted<'_>,
) -> Result<(), ProviderError> {
    let now = info(telegram, bot).await?;
    let ours = now.url == wanted.url.as_str() || wanted.ours == Some(now.url.as_str());
    if !now.url.is_empty() && !ours && !wanted.replace {
        return Err(ProviderError::Rejected { status: 409, code: "webhook_taken" });
    }
    if !wanted.fresh_secret && now.serves(wanted.url) {
        return Ok(());
    }
    let arguments = json!({
        "url": wanted.url.as_str(),
        "secret_token": wanted.secret.expose_secret(),
        "allowed_updates": UPDATES,
    });
    telegram.ask::<Value>(bot, "setWebhook", &arguments, Repeat::Safe).await.map(drop)
}

/// Ends deliveries to this address.
///
/// # Errors
/// [`ProviderError::AlreadyDone`] when they go elsewhere by now, or nowhere.
pub(super) async fn delete(telegram: &Telegram, bot: &BotToken, url: &str) -> Result<(), ProviderError> {
    if info(telegram, bot).await?.url != url {
        return Err(ProviderError::AlreadyDone);
    }
    let arguments = json!({ "drop_pending_updates": true });
    telegram.ask::<Value>(bot, "deleteWebhook", &arguments, Repeat::Safe).await.map(drop)
}

async fn info(telegram: &Telegram, bot: &BotToken) -> Result<Info, ProviderError> {
    telegram.ask(bot, "getWebhookInfo", &json!({}), Repeat::Safe).await
}

/// The secret that comes with deliveries for the shared bot, the same in every process:
/// BASE64URL(HMAC-SHA-256(bot token, "bailee webhook")), RFC 2104 and RFC 4648 §5.
pub(super) fn shared_secret(bot: &BotToken) -> SecretString {
    let key = hmac::Key::new(HMAC_SHA256, bot.expose_secret().as_bytes());
    SecretString::from(URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"bailee webhook")))
}

/// Whether a delivery brought the secret; compared as tags of both, in constant time.
pub(super) fn is_same(expected: &SecretString, presented: &[u8]) -> bool {
    const OF: &[u8] = b"a delivery";
    let tag = hmac::sign(&hmac::Key::new(HMAC_SHA256, presented), OF);
    let key = hmac::Key::new(HMAC_SHA256, expected.expose_secret().as_bytes());
    !presented.is_empty() && hmac::verify(&key, OF, tag.as_ref()).is_ok()
}
