use serde::Serialize;

use crate::{KeyId, Sealed};

/// A table that holds sealed records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum SealedTable {
    /// Kept results of calls. They age out within days at most.
    #[serde(rename = "idempotency_keys")]
    Calls,
    /// Connects that were begun. They age out within minutes.
    #[serde(rename = "oauth_flows")]
    Flows,
    /// Connected accounts. A rewrap seals them again.
    #[serde(rename = "user_integrations")]
    Integrations,
    /// What must still happen. Each is done or given up.
    #[serde(rename = "outbox")]
    Messages,
    /// Named secrets. A rewrap seals them again.
    #[serde(rename = "user_secrets")]
    Secrets,
}

impl SealedTable {
    /// Its name in a database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calls => "idempotency_keys",
            Self::Flows => "oauth_flows",
            Self::Integrations => "user_integrations",
            Self::Messages => "outbox",
            Self::Secrets => "user_secrets",
        }
    }

    /// Whether a rewrap seals its records again. Those of the others do not live that long.
    #[must_use]
    pub const fn is_rewrapped(self) -> bool {
        matches!(self, Self::Integrations | Self::Secrets)
    }
}

/// How many records of a table a key has sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyCount {
    /// The table.
    pub table: SealedTable,
    /// The key; `None` for records that name none.
    pub key: Option<KeyId>,
    /// How many; never zero.
    pub records: u64,
}

/// A record that was sealed again under another key: the same plaintext, for the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resealed<Id> {
    /// Of which row.
    pub id: Id,
    /// The epoch of the record that was opened, and for which it is sealed again.
    pub secret_epoch: i64,
    /// The record.
    pub sealed: Sealed,
}
