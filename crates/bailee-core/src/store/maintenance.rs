use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use super::{CredentialRow, KeyCount, Resealed, SealedCredential};
use crate::{IntegrationId, KeyId, ProviderKey, StoreError};

/// What waits in the outbox, events included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Messages that are not done, whether or not they are due or claimed.
    pub waiting: u64,
    /// For how long the message that has been due longest has been due; `None` where none is due. One that is claimed is
    /// not due while its claim lasts.
    pub overdue: Option<Duration>,
}

/// Sweeps over all owners, for workers only.
#[async_trait]
pub trait Maintenance: Debug + Send + Sync {
    /// Connected rows of this provider that have a refresh token, whose access token expires within `margin` and whose
    /// gate is open, the soonest first, at most `limit`.
    ///
    /// # Behaviour
    /// - A row whose expiry is unknown is not due.
    /// - Nor is one that somebody has leased: of several workers each finds what the others have left.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn due_for_refresh(
        &self,
        provider: &ProviderKey,
        margin: Duration,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError>;

    /// Removes what has expired: flows, requests to connect, runs and kept results of calls, at most `limit` of each kind.
    /// Returns how many there were.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn reap_expired(&self, limit: u32) -> Result<u64, StoreError>;

    /// One sealed record of each key in use, newest first, at most `limit`: to prove the key ring at the start.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn sample_records(&self, limit: u32) -> Result<Vec<CredentialRow>, StoreError>;

    /// What waits in the outbox, by the clock of the store.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn backlog(&self) -> Result<Backlog, StoreError>;

    /// How many records of every table that holds any each key has sealed, in the order of tables and keys. A key that is
    /// not named can be dropped.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn records_by_key(&self) -> Result<Vec<KeyCount>, StoreError>;

    /// The credentials that this key has sealed, in the order of the ids of their rows, whatever the lifecycle of those.
    ///
    /// # Behaviour
    /// - `after` is the last id of the page before; `None` begins. At most `limit` rows.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn records_of_key(
        &self,
        key: KeyId,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<SealedCredential>, StoreError>;

    /// Replaces sealed credentials by the same ones under another key, a page of them at one commit. Returns how many.
    ///
    /// # Behaviour
    /// - A row is written only while its `secret_epoch` is that of the record, and its key is still `from`. Nothing else of
    ///   the row changes: neither epoch, lease nor version.
    ///
    /// # Errors
    /// See [`StoreError`]; then none was replaced.
    async fn rewrap(&self, from: KeyId, page: Vec<Resealed<IntegrationId>>) -> Result<u64, StoreError>;
}
