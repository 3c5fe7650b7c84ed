use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::{OutboxId, OutboxItem, OutboxMessage, StoreError};

/// Jobs that survive the process. Written by the transactions of [`IntegrationStore`](crate::IntegrationStore), or by [`Outbox::add`].
#[async_trait]
pub trait Outbox: Debug + Send + Sync {
    /// Writes a message that is due after `delay`.
    ///
    /// # Behaviour
    /// - Repeating the same id is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn add(&self, message: OutboxMessage, delay: Duration) -> Result<(), StoreError>;

    /// Claims messages that are due, the oldest first.
    ///
    /// # Behaviour
    /// - No two workers claim the same message while a claim lasts; a claim that lapses makes the message due again.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn claim(
        &self,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<OutboxItem>, StoreError>;

    /// Removes a message that was done, whoever claimed it.
    ///
    /// # Behaviour
    /// - An unknown id is `Ok`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn complete(&self, id: OutboxId) -> Result<(), StoreError>;

    /// Gives a message back, due again after `delay`, and counts the attempt.
    ///
    /// # Behaviour
    /// - Only by the holder of the claim; `Ok(false)` otherwise.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn postpone(&self, id: OutboxId, claim: [u8; 16], delay: Duration) -> Result<bool, StoreError>;
}
