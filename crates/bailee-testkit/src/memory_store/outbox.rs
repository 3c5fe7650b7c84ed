use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{Outbox, OutboxId, OutboxItem, OutboxMessage, StoreError};

use super::{MemoryStore, Tables, millis};

pub(super) struct Queued {
    pub(super) message: OutboxMessage,
    pub(super) written: u64,
    written_ms: i64,
    due_ms: i64,
    attempts: u32,
    claim: Option<[u8; 16]>,
    claimed_until_ms: i64,
}

impl Queued {
    /// From when on it may be claimed.
    pub(super) fn due_from_ms(&self) -> i64 {
        self.due_ms.max(self.claimed_until_ms)
    }
}

impl Tables {
    pub(super) fn write_message(&mut self, message: OutboxMessage, now_ms: i64, delay: Duration) {
        let written = self.next();
        self.messages.entry(message.id).or_insert_with(|| Queued {
            message,
            written,
            written_ms: now_ms,
            due_ms: now_ms.saturating_add(millis(delay)),
            attempts: 0,
            claim: None,
            claimed_until_ms: 0,
        });
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn add(&self, message: OutboxMessage, delay: Duration) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        self.tables().write_message(message, now_ms, delay);
        Ok(())
    }

    async fn claim(
        &self,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let mut due: Vec<&mut Queued> =
            tables.messages.values_mut().filter(|message| message.due_from_ms() <= now_ms).collect();
        due.sort_by_key(|message| message.written);
        Ok(due
            .into_iter()
            .take(limit as usize)
            .map(|message| {
                message.claim = Some(claim);
                message.claimed_until_ms = now_ms.saturating_add(millis(duration));
                OutboxItem {
                    message: message.message.clone(),
                    attempts: message.attempts,
                    age_ms: now_ms.saturating_sub(message.written_ms),
                    claim,
                }
            })
            .collect())
    }

    async fn complete(&self, id: OutboxId) -> Result<(), StoreError> {
        self.tables().messages.remove(&id);
        Ok(())
    }

    async fn postpone(&self, id: OutboxId, claim: [u8; 16], delay: Duration) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(message) = tables.messages.get_mut(&id).filter(|message| message.claim == Some(claim))
        else {
            return Ok(false);
        };
        message.claim = None;
        message.claimed_until_ms = 0;
        message.due_ms = now_ms.saturating_add(millis(delay));
        message.attempts = message.attempts.saturating_add(1);
        Ok(true)
    }
}
