use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{Owner, Run, RunId, StoreError};

/// Runs of agents, found by the SHA-256 of their credentials.
#[async_trait]
pub trait RunStore: Debug + Send + Sync {
    /// Keeps a run for `lifetime` and returns the moment at which it ends.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the hash or the id is taken.
    async fn add_run(
        &self,
        token_hash: [u8; 32],
        run: Run,
        lifetime: Duration,
    ) -> Result<DateTime<Utc>, StoreError>;

    /// The run of a credential.
    ///
    /// # Behaviour
    /// - Unknown, expired and ended ones are `Ok(None)` alike.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn run(&self, token_hash: &[u8; 32]) -> Result<Option<Run>, StoreError>;

    /// Ends a run of the owner at once. Returns whether there was one.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn end_run(&self, owner: &Owner, id: RunId) -> Result<bool, StoreError>;
}
