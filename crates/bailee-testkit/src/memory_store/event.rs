use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{Announcement, Event, EventId, EventItem, EventOutbox, SinkName, StoreError};

use super::{MemoryStore, Tables, millis};

pub(super) struct Waiting {
    pub(super) event: Event,
    written_ms: i64,
    due_ms: i64,
    attempts: u32,
    claim: Option<[u8; 16]>,
}

impl Waiting {
    /// From when on it may be claimed; a claim puts that off.
    pub(super) const fn due_from_ms(&self) -> i64 {
        self.due_ms
    }
}

impl Tables {
    pub(super) fn announce(&mut self, announcement: Option<&Announcement>, now_ms: i64) {
        let Some(announcement) = announcement else { return };
        for sink in &announcement.sinks {
            self.events.entry((sink.clone(), announcement.event.id)).or_insert_with(|| Waiting {
                event: announcement.event.clone(),
                written_ms: now_ms,
                due_ms: now_ms,
                attempts: 0,
                claim: None,
            });
        }
    }
}

#[async_trait]
impl EventOutbox for MemoryStore {
    async fn announce(&self, announcement: &Announcement) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        self.tables().announce(Some(announcement), now_ms);
        Ok(())
    }

    async fn claim_events(
        &self,
        sink: &SinkName,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<EventItem>, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let of_sink = tables.events.iter_mut().filter(|((of, _), _)| of == sink).map(|(_, waiting)| waiting);
        let mut due: Vec<&mut Waiting> = of_sink.filter(|waiting| waiting.due_ms <= now_ms).collect();
        due.sort_by_key(|waiting| (waiting.due_ms, waiting.event.id));
        due.truncate(limit as usize);
        let claimed = due.into_iter().map(|waiting| {
            // A claim puts off the moment at which it is due.
            waiting.claim = Some(claim);
            waiting.due_ms = now_ms.saturating_add(millis(duration));
            EventItem {
                event: waiting.event.clone(),
                attempts: waiting.attempts,
                age_ms: now_ms.saturating_sub(waiting.written_ms),
            }
        });
        Ok(claimed.collect())
    }

    async fn complete_event(&self, sink: &SinkName, id: EventId) -> Result<(), StoreError> {
        self.tables().events.remove(&(sink.clone(), id));
        Ok(())
    }

    async fn postpone_event(
        &self,
        sink: &SinkName,
        id: EventId,
        claim: [u8; 16],
        delay: Duration,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let waiting = tables.events.get_mut(&(sink.clone(), id));
        let Some(waiting) = waiting.filter(|waiting| waiting.claim == Some(claim)) else {
            return Ok(false);
        };
        waiting.claim = None;
        waiting.due_ms = now_ms.saturating_add(millis(delay));
        waiting.attempts = waiting.attempts.saturating_add(1);
        Ok(true)
    }

    async fn reap_unclaimed_events(&self, kept: Duration, limit: u32) -> Result<u64, StoreError> {
        let until_ms = self.now_ms().saturating_sub(millis(kept));
        Ok(super::maintenance::reap(&mut self.tables().events, limit, |waiting| {
            waiting.written_ms <= until_ms
        }))
    }
}
