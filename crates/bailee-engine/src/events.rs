//! What is told to the host: built before a change, written with it, delivered after it.

use std::{sync::Arc, time::Duration};

use bailee_core::{
    Announcement, Event, EventError, EventId, EventItem, EventKind, EventSink, Integration, IntegrationId,
    Owner, ProviderKey, SinkName, Status, StatusReason, StoreError, ThreadId, ThreadPermissions,
    store::{CredentialRow, Verdict},
};
use futures_util::future::join_all;
use tokio::sync::{Notify as Wake, watch};

use crate::{Bailee, BuildError, Error, engine::Inner, telemetry};

/// How many events one turn of a sink takes.
const BATCH: u32 = 16;

/// For how long events wait that no process takes: those of a sink that the host has given up.
pub(crate) const UNCLAIMED: Duration = Duration::from_hours(24 * 7);

/// Who is told.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    sinks: Vec<Sink>,
    names: Vec<SinkName>,
}

#[derive(Debug)]
pub(crate) struct Sink {
    name: SinkName,
    host: Arc<dyn EventSink>,
    /// Something was written for it.
    wake: Wake,
}

impl Sinks {
    pub(crate) fn new(sinks: Vec<Arc<dyn EventSink>>) -> Result<Self, BuildError> {
        let mut all = Self::default();
        for sink in sinks {
            let name = SinkName::new(sink.name())?;
            if all.names.contains(&name) {
                return Err(BuildError::DuplicateSink { name });
            }
            all.names.push(name.clone());
            all.sinks.push(Sink { name, host: sink, wake: Wake::new() });
        }
        Ok(all)
    }

    pub(crate) fn len(&self) -> usize {
        self.sinks.len()
    }

    /// Has the workers of this process look at once.
    pub(crate) fn wake(&self) {
        for sink in &self.sinks {
            sink.wake.notify_one();
        }
    }
}

/// An integration, as events name it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) owner: &'a Owner,
    pub(crate) provider: &'a ProviderKey,
    pub(crate) integration: IntegrationId,
}

impl<'a> From<&'a CredentialRow> for Subject<'a> {
    fn from(row: &'a CredentialRow) -> Self {
        Self { owner: &row.owner, provider: &row.provider, integration: row.id }
    }
}

impl<'a> From<&'a Integration> for Subject<'a> {
    fn from(row: &'a Integration) -> Self {
        Self { owner: &row.owner, provider: &row.provider, integration: row.id }
    }
}

impl Inner {
    /// What is to be written with a change of an integration; `None` where nobody listens.
    pub(crate) fn telling(
        &self,
        kind: EventKind,
        subject: Subject<'_>,
        reason: Option<StatusReason>,
    ) -> Result<Option<Announcement>, StoreError> {
        Ok(self.telling_owner(kind, subject.owner)?.map(|mut announcement| {
            announcement.event.provider = Some(subject.provider.clone());
            announcement.event.integration = Some(subject.integration);
            announcement.event.reason = reason;
            announcement
        }))
    }

    /// As [`Inner::telling`], of something else that is the owner's.
    pub(crate) fn telling_owner(
        &self,
        kind: EventKind,
        owner: &Owner,
    ) -> Result<Option<Announcement>, StoreError> {
        if self.sinks.names.is_empty() {
            return Ok(None);
        }
        // Without an id, the change waits too.
        let id = self.call_id().map_err(|_| StoreError::Unavailable)?;
        let event = Event {
            id: EventId::from(id),
            kind,
            at: self.clock.now(),
            owner: owner.clone(),
            provider: None,
            integration: None,
            thread: None,
            reason: None,
            reconnected: None,
        };
        Ok(Some(Announcement { event, sinks: self.sinks.names.clone() }))
    }

    /// As [`Inner::telling`], of the flags of a thread; `None` also where they stay as they are.
    pub(crate) fn telling_flags(
        &self,
        owner: &Owner,
        thread: &ThreadId,
        before: ThreadPermissions,
        after: ThreadPermissions,
    ) -> Result<Option<Announcement>, StoreError> {
        if before == after {
            return Ok(None);
        }
        let mut announcement = self.telling_owner(EventKind::PermissionChanged, owner)?;
        if let Some(announcement) = &mut announcement {
            announcement.event.thread = Some(thread.clone());
        }
        Ok(announcement)
    }

    /// Writes a verdict and tells whoever listens. Returns whether it was written.
    pub(crate) async fn judge(&self, subject: Subject<'_>, verdict: Verdict) -> Result<bool, StoreError> {
        let announcement = match verdict.status {
            Status::Invalid => self.telling(EventKind::NeedsReconnect, subject, verdict.reason)?,
            Status::Unknown => None,
            Status::Valid => self.telling(EventKind::Recovered, subject, None)?,
        };
        let Subject { owner, integration, .. } = subject;
        let store = &self.stores.integrations;
        let written = store.set_status(owner, integration, verdict, announcement.as_ref()).await?;
        self.announce(owner);
        Ok(written)
    }

    /// How long after its last failure something is tried again.
    pub(crate) fn backoff(&self, attempts: u32, retry_after: Option<Duration>) -> Duration {
        let doublings = 2_u32.saturating_pow(attempts.min(30));
        let backoff = self.timings.backoff.saturating_mul(doublings).min(self.timings.longest_backoff);
        backoff.max(retry_after.unwrap_or_default())
    }
}

/// What one turn of the sinks did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Delivered {
    pub(crate) done: u32,
    pub(crate) postponed: u32,
}

impl Bailee {
    /// One turn of every sink. One that hangs holds no other back.
    pub(crate) async fn deliver_all(&self) -> Result<Delivered, Error> {
        let mut all = Delivered::default();
        for turn in join_all(self.inner().sinks.sinks.iter().map(|sink| self.deliver(sink))).await {
            let turn = turn?;
            all.done += turn.done;
            all.postponed += turn.postponed;
        }
        Ok(all)
    }

    /// Delivers to one sink until it is stopped. Nothing where there is no such sink.
    pub(crate) async fn keep_delivering(self, at: usize, mut stopped: watch::Receiver<bool>) {
        let inner = Arc::clone(self.inner());
        let Some(sink) = inner.sinks.sinks.get(at) else { return };
        loop {
            let more = match self.deliver(sink).await {
                Ok(turn) => turn.done + turn.postponed == BATCH,
                Err(error) => {
                    tracing::warn!(sink = %sink.name, %error, "events wait");
                    false
                }
            };
            tokio::select! {
                biased;
                // The sender goes away with the handle.
                _ = stopped.wait_for(|stopped| *stopped) => return,
                () = std::future::ready(()), if more => {}
                () = sink.wake.notified() => {}
                () = inner.clock.sleep(inner.timings.tick) => {}
            }
        }
    }

    async fn deliver(&self, sink: &Sink) -> Result<Delivered, Error> {
        let inner = self.inner();
        let claim = inner.random::<16>()?;
        // Longer than a delivery and what is written after it.
        let duration = inner.timings.call * 2 + inner.timings.persist;
        let items = inner.stores.events.claim_events(&sink.name, BATCH, claim, duration).await?;
        let mut turn = Delivered::default();
        for done in join_all(items.iter().map(|item| inner.deliver_one(sink, item, claim))).await {
            let done = done?;
            turn.done += u32::from(done);
            turn.postponed += u32::from(!done);
        }
        Ok(turn)
    }
}

impl Inner {
    /// Whether the sink is done with the event.
    async fn deliver_one(&self, sink: &Sink, item: &EventItem, claim: [u8; 16]) -> Result<bool, StoreError> {
        let (id, kind) = (item.event.id, item.event.kind);
        let Err(error) = self.offer(sink, item.event.clone()).await else {
            self.stores.events.complete_event(&sink.name, id).await?;
            telemetry::event(&sink.name, "delivered");
            return Ok(true);
        };
        if Duration::from_millis(item.age_ms.unsigned_abs()) > self.timings.revocation {
            tracing::error!(event.id = %id, %kind, sink = %sink.name, "an event is given up");
            telemetry::event(&sink.name, "given_up");
            self.stores.events.complete_event(&sink.name, id).await?;
            return Ok(true);
        }
        tracing::warn!(event.id = %id, %kind, sink = %sink.name, attempts = item.attempts, "an event was not taken");
        telemetry::event(&sink.name, "failed");
        let delay = self.backoff(item.attempts, error.retry_after);
        self.stores.events.postpone_event(&sink.name, id, claim, delay).await?;
        Ok(false)
    }

    /// In a task of its own, so that a sink that panics takes nothing with it.
    async fn offer(&self, sink: &Sink, event: Event) -> Result<(), EventError> {
        let (sink, clock) = (Arc::clone(&sink.host), Arc::clone(&self.clock));
        let deadline = self.timings.call;
        let delivery = async move {
            tokio::select! {
                biased;
                outcome = sink.deliver(&event) => outcome,
                () = clock.sleep(deadline) => Err(EventError::default()),
            }
        };
        self.flights.spawn(delivery).await.unwrap_or_else(|_| Err(EventError::default()))
    }
}
