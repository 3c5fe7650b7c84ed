use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::{
    Action, IntegrationId, LedgerEntry, LedgerId, LedgerRecord, Outcome, Owner, StoreError, ThreadId,
};

/// How a call that was written before its dispatch ended.
#[derive(Clone, Debug)]
pub struct Completion {
    /// The outcome; never [`Outcome::Started`], which is no end.
    pub outcome: Outcome,
    /// From dispatch to answer.
    pub latency: Duration,
    /// How large the result was, in bytes.
    pub bytes_out: u64,
    /// Whether something was left out of the result.
    pub truncated: bool,
    /// The HTTP status of the provider, where it refused.
    pub provider_status: Option<u16>,
    /// What the provider calls the request; at most 200 characters.
    pub provider_request_id: Option<String>,
    /// Whether an access token was refreshed for it.
    pub token_refreshed: bool,
}

/// Which entries to list.
#[derive(Clone, Debug, Default)]
pub struct LedgerFilter {
    /// Of this thread alone.
    pub thread: Option<ThreadId>,
    /// Of this integration alone.
    pub integration: Option<IntegrationId>,
    /// Of this action alone.
    pub action: Option<Action>,
}

/// What was done and what was refused. Append-only: an entry is never changed but for its completion, once.
#[async_trait]
pub trait Ledger: Debug + Send + Sync {
    /// Writes an entry.
    ///
    /// # Behaviour
    /// - Repeating the same id is harmless: the first one stays.
    ///
    /// # Errors
    /// See [`StoreError`]. A write is then not dispatched; what has happened already is told to the log.
    async fn append(&self, entry: LedgerEntry) -> Result<(), StoreError>;

    /// Says how a call ended.
    ///
    /// # Behaviour
    /// - Only an entry whose outcome is [`Outcome::Started`], once; `Ok(false)` otherwise.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn complete_entry(&self, id: LedgerId, completion: Completion) -> Result<bool, StoreError>;

    /// A page of the owner's entries, the newest first.
    ///
    /// # Behaviour
    /// - `before` is the last id of the page before; `None` begins. At most `limit`; fewer mean the end.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn entries(
        &self,
        owner: &Owner,
        filter: &LedgerFilter,
        before: Option<LedgerId>,
        limit: u32,
    ) -> Result<Vec<LedgerRecord>, StoreError>;

    /// Removes entries of all owners that are `age` old or older and returns how many; at most `limit`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn reap_entries(&self, age: Duration, limit: u32) -> Result<u64, StoreError>;
}
