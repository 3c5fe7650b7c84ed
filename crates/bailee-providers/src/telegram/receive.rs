//! Updates that Telegram delivers. There is no signature: a secret comes along, and who has it is believed.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Telegram,
    connect::{BOT, CHAT_ID, SHARED, WEBHOOK_SECRET, is_word},
    webhook,
};
use crate::text::clean;
use bailee_core::{
    Account, AccountId, Credential, Delivery, DeliveryTo, Pairing, ProviderError, Received, ReceivedEvent,
    StatusReason,
};

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// The longest text of a message, and more than the longest name, in characters.
const MAX_TEXT: usize = 4_096;
const MAX_NAME: usize = 64;

#[derive(Deserialize)]
struct Update {
    #[serde(rename = "update_id")]
    id: u64,
    message: Option<Message>,
    my_chat_member: Option<Membership>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "message_id")]
    id: i64,
    from: Option<User>,
    chat: Chat,
    text: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    username: Option<String>,
    first_name: Option<String>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Membership {
    chat: Chat,
    new_chat_member: Member,
}

#[derive(Deserialize)]
struct Member {
    status: String,
}

pub(super) fn receive(telegram: &Telegram, delivery: &Delivery<'_>) -> Result<Vec<Received>, ProviderError> {
    authenticate(telegram, delivery)?;
    let update: Update = serde_json::from_slice(delivery.body)
        .map_err(|_| ProviderError::Malformed { problem: "the update is not of the described shape" })?;
    let bot = delivery.to.map_or(telegram.shared.id(), |to| to.account.id.as_str());
    let id = format!("{bot}:{}", update.id);
    let event = match (&update.message, &update.my_chat_member) {
        (Some(message), _) => of_message(delivery.to.as_ref(), message)?,
        (None, Some(membership)) => of_membership(delivery.to.as_ref(), membership)?,
        (None, None) => None,
    };
    Ok(event.map(|event| Received { id, event }).into_iter().collect())
}

fn authenticate(telegram: &Telegram, delivery: &Delivery<'_>) -> Result<(), ProviderError> {
    let expected = match delivery.to {
        Some(to) => to.credential.extra.get(WEBHOOK_SECRET).cloned(),
        None => Some(webhook::shared_secret(&telegram.shared)),
    };
    let presented = delivery.headers.get(SECRET_HEADER).map(http::HeaderValue::as_bytes);
    let same =
        expected.zip(presented).is_some_and(|(expected, presented)| webhook::is_same(&expected, presented));
    if same { Ok(()) } else { Err(ProviderError::TokenRejected) }
}

/// What a person wrote to the bot, between the two of them. In a group nobody is paired, and nobody is heard.
fn of_message(
    to: Option<&DeliveryTo<'_>>,
    message: &Message,
) -> Result<Option<ReceivedEvent>, ProviderError> {
    let (Some(from), Some(text)) = (&message.from, &message.text) else { return Ok(None) };
    if message.chat.kind != "private" || from.id != message.chat.id {
        return Ok(None);
    }
    if text == "/start" {
        return Ok(None);
    }
    if let Some(word) = text.strip_prefix("/start ") {
        let paired = is_word(word).then(|| pairing(to, from, word)).transpose()?;
        return Ok(paired.map(ReceivedEvent::Paired));
    }
    let account = speaker(to, &message.chat)?;
    Ok(account.map(|account| ReceivedEvent::Message { account, content: content(message, from, text) }))
}

/// A person who blocked the bot.
fn of_membership(
    to: Option<&DeliveryTo<'_>>,
    membership: &Membership,
) -> Result<Option<ReceivedEvent>, ProviderError> {
    let left = membership.new_chat_member.status == "kicked" && membership.chat.kind == "private";
    let account = if left { speaker(to, &membership.chat)? } else { None };
    Ok(account.map(|account| ReceivedEvent::Ended { account, reason: StatusReason::Revoked }))
}

fn pairing(to: Option<&DeliveryTo<'_>>, from: &User, word: &str) -> Result<Pairing, ProviderError> {
    let word = SecretString::from(word);
    let mut config = Map::from_iter([(CHAT_ID.to_owned(), Value::from(from.id))]);
    if let Some(to) = to {
        return Ok(Pairing { word, account: to.account.clone(), credential: None, config });
    }
    config.insert(BOT.to_owned(), Value::from(SHARED));
    let account = Account { id: account_id(from.id)?, label: label(from) };
    Ok(Pairing { word, account, credential: Some(Credential::new(SecretString::from(SHARED))), config })
}

/// The account that a chat speaks for; of a bot of the user's own the paired chat alone.
fn speaker(to: Option<&DeliveryTo<'_>>, chat: &Chat) -> Result<Option<AccountId>, ProviderError> {
    match to {
        Some(to) => {
            let paired = to.config.get(CHAT_ID).and_then(Value::as_i64) == Some(chat.id);
            Ok(paired.then(|| to.account.id.clone()))
        }
        None => account_id(chat.id).map(Some),
    }
}

fn content(message: &Message, from: &User, text: &str) -> Value {
    let (text, truncated) = clean(text, MAX_TEXT);
    let mut sender = Map::from_iter([("id".to_owned(), Value::from(from.id))]);
    for (name, value) in [("username", &from.username), ("first_name", &from.first_name)] {
        if let Some(value) = value {
            sender.insert(name.to_owned(), Value::from(clean(value, MAX_NAME).0));
        }
    }
    json!({
        "message_id": message.id,
        "chat": { "id": message.chat.id },
        "from": sender,
        "text": text,
        "truncated": truncated,
    })
}

fn label(from: &User) -> Option<String> {
    let username = from.username.as_ref().map(|name| format!("@{name}"));
    let (label, _) = clean(username.as_ref().or(from.first_name.as_ref())?, MAX_NAME);
    Some(label).filter(|label| !label.is_empty())
}

fn account_id(id: i64) -> Result<AccountId, ProviderError> {
    AccountId::new(id.to_string())
        .map_err(|_| ProviderError::Malformed { problem: "the chat has no usable id" })
}
