use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::{Announcement, EventId, EventItem, SinkName, StoreError};

/// Events on their way, one message for each sink. Written by the transactions that change what the event is about, or
/// by [`EventOutbox::announce`].
#[async_trait]
pub trait EventOutbox: Debug + Send + Sync {
    /// Writes an event for its sinks, due at once.
    ///
    /// # Behaviour
    /// - What is there already stays as it is: repeating the same event is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn announce(&self, announcement: &Announcement) -> Result<(), StoreError>;

    /// Claims the events of a sink that are due, those first that have been so for longest.
    ///
    /// # Behaviour
    /// - No two workers claim the same event of one sink while a claim lasts; a claim that lapses makes it due again.
    /// - The events of other sinks are left alone.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn claim_events(
        &self,
        sink: &SinkName,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<EventItem>, StoreError>;

    /// Removes an event that its sink has, whoever claimed it. Others of its sinks are yet to have it.
    ///
    /// # Behaviour
    /// - An unknown one is `Ok`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn complete_event(&self, sink: &SinkName, id: EventId) -> Result<(), StoreError>;

    /// Gives an event back, due again after `delay`, and counts the attempt.
    ///
    /// # Behaviour
    /// - Only by the holder of the claim; `Ok(false)` otherwise.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn postpone_event(
        &self,
        sink: &SinkName,
        id: EventId,
        claim: [u8; 16],
        delay: Duration,
    ) -> Result<bool, StoreError>;

    /// Removes events that were written longer than `kept` ago, whatever their sink, at most `limit` of them: those of
    /// sinks that no process has any more. Returns how many there were.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn reap_unclaimed_events(&self, kept: Duration, limit: u32) -> Result<u64, StoreError>;
}
