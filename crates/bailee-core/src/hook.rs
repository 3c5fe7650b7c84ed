//! What providers send by themselves.

use chrono::{DateTime, Utc};
use http::HeaderMap;
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{Account, AccountId, Credential, StatusReason};

/// A request that a provider, or somebody who says so, sent to a hook.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// Whose hook it is; `None` for the one that all accounts of the provider share.
    pub to: Option<DeliveryTo<'a>>,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, to the byte. At most 1 MiB.
    pub body: &'a [u8],
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// The integration that a hook belongs to.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryTo<'a> {
    /// Its account.
    pub account: &'a Account,
    /// Its secrets.
    pub credential: &'a Credential,
    /// Its settings.
    pub config: &'a Map<String, Value>,
}

/// Sizes only.
impl std::fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("to", &self.to)
            .field("headers", &self.headers.len())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// One thing that a provider told.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its id: the same when the provider repeats it, and no other thing's of this provider. At most 200 bytes.
    pub id: String,
    /// What it is.
    pub event: ReceivedEvent,
}

/// What a provider told.
#[derive(Clone, Debug)]
pub enum ReceivedEvent {
    /// The access to an account ended at the provider, or an account can no longer be reached.
    Ended {
        /// Which account.
        account: AccountId,
        /// Why.
        reason: StatusReason,
    },
    /// Something for the host, of an account.
    Message {
        /// Which account.
        account: AccountId,
        /// What the provider sent, cleaned. A JSON object.
        content: Value,
    },
    /// Somebody sent a one-time word, which may be anybody's and may be wrong.
    Paired(Pairing),
}

/// A one-time word that came from an account.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// The word.
    pub word: SecretString,
    /// Who sent it: the account to be joined, where the hook belongs to no integration yet; else the owner of the bot.
    pub account: Account,
    /// The secrets of the account that is joined; `None` where the hook belongs to an integration, which keeps its own.
    pub credential: Option<Credential>,
    /// Settings to add.
    pub config: Map<String, Value>,
}
