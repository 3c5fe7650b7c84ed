use std::fmt;

use serde::Serialize;

use crate::{IntegrationId, KeyId, Owner, ProviderKey, Sealed};

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

/// A sealed credential, with what it takes to open it and seal it again.
#[derive(Clone)]
pub struct SealedCredential {
    /// Of which row.
    pub id: IntegrationId,
    /// Whose it is.
    pub owner: Owner,
    /// Of which provider.
    pub provider: ProviderKey,
    /// The record.
    pub sealed: Vec<u8>,
    /// The epoch for which it is sealed.
    pub secret_epoch: i64,
}

/// Without the record.
impl fmt::Debug for SealedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedCredential")
            .field("id", &self.id)
            .field("provider", &self.provider)
            .field("secret_epoch", &self.secret_epoch)
            .finish_non_exhaustive()
    }
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
