use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde_json::Value;

/// The webhook of a bot.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Webhook {
    /// Where updates are delivered.
    pub url: String,
    /// What comes along with them.
    pub secret_token: Option<String>,
    /// Which updates; empty: the server's own choice.
    pub allowed_updates: Vec<String>,
    /// What the last delivery met with.
    pub last_error_message: Option<String>,
}

/// Without address and secret.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("allowed_updates", &self.allowed_updates).finish_non_exhaustive()
    }
}

/// A bot behind its token.
#[derive(Clone)]
pub(super) struct Bot {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) webhook: Option<Webhook>,
    /// The chats that were begun, and those that were ended again.
    pub(super) chats: BTreeSet<i64>,
    pub(super) blocked: BTreeSet<i64>,
}

/// A message that was taken.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) bot: i64,
    pub(super) chat_id: i64,
    pub(super) arguments: Value,
}

/// All that the mock knows.
#[derive(Default)]
pub(super) struct State {
    /// Whether webhooks may be plain addresses of this machine.
    pub(super) loopback_webhooks: bool,
    /// By token.
    pub(super) bots: BTreeMap<String, Bot>,
    /// Tokens that worked once.
    pub(super) revoked: Vec<String>,
    pub(super) sent: Vec<Sent>,
    pub(super) updates: u64,
}
