use std::fmt;

use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

use super::{
    MockTelegram,
    state::{Bot, State},
};
use crate::mock_provider::object;

/// Somebody who writes to bots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id, and that of every private chat with them.
    pub id: i64,
    /// Their name.
    pub first_name: String,
    /// What they are called with an `@`, where they have such a name.
    pub username: Option<String>,
}

impl Person {
    /// Ada, of the documentation's examples.
    #[must_use]
    pub fn ada() -> Self {
        Self { id: 5_550_001, first_name: "Ada".to_owned(), username: Some("ada".to_owned()) }
    }

    /// Mallory, who has no name with an `@`.
    #[must_use]
    pub fn mallory() -> Self {
        Self { id: 6_660_002, first_name: "Mallory".to_owned(), username: None }
    }

    fn user(&self) -> Value {
        object([
            ("id", Some(json!(self.id))),
            ("is_bot", Some(json!(false))),
            ("first_name", Some(json!(self.first_name))),
            ("username", self.username.as_ref().map(|username| json!(username))),
        ])
    }

    fn chat(&self) -> Value {
        json!({ "id": self.id, "first_name": self.first_name, "type": "private" })
    }
}

/// What Telegram would deliver to the webhook of a bot.
#[derive(Clone, PartialEq)]
pub struct Update {
    /// The address of the webhook; empty without one.
    pub url: String,
    /// The headers that matter.
    pub headers: HeaderMap,
    /// The body.
    pub json: Value,
}

impl Update {
    /// The body as it is sent.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        self.json.to_string().into_bytes()
    }
}

/// Its number only: a word may be in it.
impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update").field("update_id", &self.json.get("update_id")).finish_non_exhaustive()
    }
}

/// What people do. Each gives what Telegram would deliver; without such a bot it is an update without an address.
impl MockTelegram {
    /// A person opens a deep link and presses *Start*, which unblocks the bot too.
    #[must_use]
    pub fn press_start(&self, bot_token: &str, person: &Person, payload: &str) -> Update {
        start(&mut self.hub.site.state(), bot_token, person, payload)
    }

    /// A person writes to a bot in private.
    #[must_use]
    pub fn write(&self, bot_token: &str, person: &Person, text: &str) -> Update {
        write(&mut self.hub.site.state(), bot_token, person, text)
    }

    /// A person writes in a group that the bot is in.
    #[must_use]
    pub fn write_in_group(&self, bot_token: &str, person: &Person, text: &str) -> Update {
        let message = json!({
            "message_id": 1, "from": person.user(), "date": 1_763_700_000, "text": text,
            "chat": { "id": -100_123_456, "title": "A group", "type": "group" },
        });
        update(&mut self.hub.site.state(), bot_token, "message", &message)
    }

    /// A person blocks a bot.
    #[must_use]
    pub fn block(&self, bot_token: &str, person: &Person) -> Update {
        let mut state = self.hub.site.state();
        if let Some(bot) = state.bots.get_mut(bot_token) {
            bot.blocked.insert(person.id);
        }
        let member = |status: &str| json!({ "status": status, "user": { "id": 1, "is_bot": true } });
        let change = json!({
            "chat": person.chat(), "from": person.user(), "date": 1_763_700_000,
            "old_chat_member": member("member"), "new_chat_member": member("kicked"),
        });
        update(&mut state, bot_token, "my_chat_member", &change)
    }
}

pub(super) fn start(state: &mut State, bot_token: &str, person: &Person, payload: &str) -> Update {
    if let Some(bot) = state.bots.get_mut(bot_token) {
        bot.chats.insert(person.id);
        bot.blocked.remove(&person.id);
    }
    write(state, bot_token, person, &format!("/start {payload}"))
}

fn write(state: &mut State, bot_token: &str, person: &Person, text: &str) -> Update {
    let message = json!({
        "message_id": 1, "from": person.user(), "chat": person.chat(), "date": 1_763_700_000, "text": text,
    });
    update(state, bot_token, "message", &message)
}

fn update(state: &mut State, bot_token: &str, kind: &str, content: &Value) -> Update {
    state.updates += 1;
    let webhook = state.bots.get(bot_token).and_then(|bot: &Bot| bot.webhook.clone()).unwrap_or_default();
    let mut headers = HeaderMap::new();
    let secret = webhook.secret_token.as_deref().map(HeaderValue::from_str);
    if let Some(Ok(secret)) = secret {
        headers.insert("x-telegram-bot-api-secret-token", secret);
    }
    let json = json!({ "update_id": 9_000 + state.updates, kind: content });
    Update { url: webhook.url, headers, json }
}
