//! How chats and bots are joined, probed and let go.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Telegram,
    bot_token::BotToken,
    descriptor::Fields,
    webhook::{self, Wanted},
};
use crate::{api::Repeat, arguments::invalid, form};
use bailee_core::{
    Account, AccountId, Credential, Grant, Join, Joined, ProviderError, Revoke, Start, Started, Validate,
    Validation,
};

/// Stands for the token of the shared bot, which is the operator's and in no record.
pub(super) const SHARED: &str = "shared";
/// Which bot a chat is with: the shared one, or the user's own.
pub(super) const BOT: &str = "bot";
/// The one chat that messages go to and come from.
pub(super) const CHAT_ID: &str = "chat_id";
/// What deliveries for a user's own bot bring along.
pub(super) const WEBHOOK_SECRET: &str = "webhook_secret";
/// Where they arrive.
const WEBHOOK_URL: &str = "webhook_url";

#[derive(Deserialize)]
struct Me {
    id: u64,
    username: String,
}

pub(super) async fn start(telegram: &Telegram, start: &Start<'_>) -> Result<Started, ProviderError> {
    let bot = &telegram.shared;
    let me = me(telegram, bot).await?;
    let wanted = Wanted {
        url: start.hook,
        secret: &webhook::shared_secret(bot),
        ours: None,
        replace: telegram.replace_webhook,
        fresh_secret: false,
    };
    webhook::set(telegram, bot, &wanted).await?;
    Ok(Started::Link(link(telegram, &me, start.word)?))
}

pub(super) async fn join(telegram: &Telegram, join: &Join<'_>) -> Result<Joined, ProviderError> {
    let form = telegram.descriptor.form.as_ref().ok_or(ProviderError::Unsupported)?;
    let fields: Fields = form::read(join.fields, form)?;
    let bot = BotToken::new(fields.bot_token).ok_or_else(|| invalid("/bot_token", "is not a bot's token"))?;
    if bot.id() == telegram.shared.id() {
        return Err(invalid("/bot_token", "is of the bot that all users share"));
    }
    let me = me(telegram, &bot).await.map_err(|error| match error {
        ProviderError::TokenRejected | ProviderError::Rejected { status: 404, .. } => {
            ProviderError::GrantRevoked { reason: "invalid_token" }
        }
        other => other,
    })?;
    let ours = join.previous.and_then(|previous| previous.credential.extra.get(WEBHOOK_URL));
    let wanted = Wanted {
        url: join.hook,
        secret: join.random,
        ours: ours.map(ExposeSecret::expose_secret),
        replace: fields.replace_webhook.unwrap_or(false),
        fresh_secret: true,
    };
    webhook::set(telegram, &bot, &wanted).await?;
    let grant = Grant {
        account: account(&me)?,
        // Settings that it does not name stay: a bot that was paired stays so.
        config: Map::from_iter([(BOT.to_owned(), Value::from("own"))]),
        credential: credential(&bot, join),
        expires_in: None,
        granted: None,
    };
    Ok(Joined { grant, shown_once: None, link: Some(link(telegram, &me, join.word)?) })
}

pub(super) async fn validate(
    telegram: &Telegram,
    request: &Validate<'_>,
) -> Result<Validation, ProviderError> {
    let bot = telegram.bot(request.access_token)?;
    let me = me(telegram, &bot).await?;
    if bot.id() == telegram.shared.id() {
        // The account is the chat, of which nothing was asked.
        return Ok(Validation { account: None });
    }
    let account = account(&me)?;
    if account.id != request.account.id {
        return Err(ProviderError::TokenRejected);
    }
    Ok(Validation { account: Some(account) })
}

/// Nobody can be asked to end a chat with the shared bot: it is let go by forgetting it. A bot of the user's own keeps its token, which only its owner
/// can take back; its deliveries end, if they still come here.
pub(super) async fn revoke(telegram: &Telegram, request: &Revoke<'_>) -> Result<(), ProviderError> {
    let bot = telegram.bot(&request.credential.access_token)?;
    if bot.id() == telegram.shared.id() {
        return Err(ProviderError::Unsupported);
    }
    let url = request.credential.extra.get(WEBHOOK_URL).ok_or(ProviderError::AlreadyDone)?;
    match webhook::delete(telegram, &bot, url.expose_secret()).await {
        Err(ProviderError::TokenRejected) => Err(ProviderError::AlreadyDone),
        other => other,
    }
}

impl Telegram {
    /// The bot that an access token is of.
    pub(super) fn bot(&self, access_token: &SecretString) -> Result<BotToken, ProviderError> {
        if access_token.expose_secret() == SHARED {
            return Ok(self.shared.clone());
        }
        BotToken::new(access_token.clone()).ok_or(ProviderError::TokenRejected)
    }
}

async fn me(telegram: &Telegram, bot: &BotToken) -> Result<Me, ProviderError> {
    let me: Me = telegram.ask(bot, "getMe", &json!({}), Repeat::Safe).await?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !(1..=64).contains(&me.username.len()) || !me.username.bytes().all(plain) {
        return Err(ProviderError::Malformed { problem: "the bot has no usable name" });
    }
    Ok(me)
}

fn account(me: &Me) -> Result<Account, ProviderError> {
    let id = AccountId::new(me.id.to_string())
        .map_err(|_| ProviderError::Malformed { problem: "the bot has no usable id" })?;
    Ok(Account { id, label: Some(format!("@{}", me.username)) })
}

fn credential(bot: &BotToken, join: &Join<'_>) -> Credential {
    let mut credential = Credential::new(SecretString::from(bot.expose_secret()));
    credential.extra.insert(WEBHOOK_SECRET.to_owned(), join.random.clone());
    credential.extra.insert(WEBHOOK_URL.to_owned(), SecretString::from(join.hook.as_str()));
    credential
}

/// The address that opens the chat and sends `/start <word>` from it.
fn link(telegram: &Telegram, me: &Me, word: &SecretString) -> Result<Url, ProviderError> {
    let word = word.expose_secret();
    if !is_word(word) {
        return Err(ProviderError::Malformed { problem: "the word cannot be in a link" });
    }
    let mut link = telegram.links.clone();
    link.set_path(&me.username);
    link.set_query(Some(&format!("start={word}")));
    Ok(link)
}

/// What a deep link may carry.
pub(super) fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
