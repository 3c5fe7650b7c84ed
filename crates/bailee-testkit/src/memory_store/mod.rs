mod credential;
mod event;
mod idempotency;
mod incident;
mod integration;
mod ledger;
mod maintenance;
mod outbox;
mod pending;
mod row;
mod run;
mod secret;
mod seen;
mod task;
mod thread;
mod version;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;

use bailee_core::{
    AgentTask, Clock, Event, EventId, FlowId, IntegrationId, LedgerId, OutboxId, OutboxMessage, Owner,
    OwnerKey, ProviderKey, RunId, SecretId, SinkName, TaskId, ThreadId,
    store::{SealedSecret, ThreadGrant},
};

use row::Row;

/// Everything that bailee keeps, in memory: all store traits over one lock that is never held across an `await`.
///
/// It obeys the same rules as the SQL stores, fencing included, and passes the same
/// [suite](crate::suite::storage). Clones share the content, as processes share a database. Its time is the clock's,
/// plus a skew where [`MemoryStore::with_skew`] gives one: the database's clock need not be the host's.
///
/// ```
/// use std::sync::Arc;
///
/// use bailee_core::{IntegrationStore, Owner};
/// use bailee_testkit::{MemoryStore, MockClock};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new(Arc::new(MockClock::new()));
/// assert!(store.list(&Owner::user("u1")?, None, 10).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    skew: TimeDelta,
    tables: Arc<Mutex<Tables>>,
}

#[derive(Default)]
struct Tables {
    rows: BTreeMap<IntegrationId, Row>,
    flows: BTreeMap<FlowId, pending::Kept>,
    messages: BTreeMap<OutboxId, outbox::Queued>,
    events: BTreeMap<(SinkName, EventId), event::Waiting>,
    requests: BTreeMap<u64, pending::KeptRequest>,
    runs: BTreeMap<RunId, run::Kept>,
    calls: BTreeMap<idempotency::Named, idempotency::Kept>,
    seen: BTreeMap<(ProviderKey, String), i64>,
    versions: BTreeMap<OwnerKey, i64>,
    threads: BTreeMap<(Owner, ThreadId), ThreadGrant>,
    secrets: BTreeMap<SecretId, SealedSecret>,
    tasks: BTreeMap<TaskId, AgentTask>,
    ledger: BTreeMap<LedgerId, ledger::Line>,
    /// Orders what was written in the same millisecond.
    written: u64,
}

impl Tables {
    fn next(&mut self) -> u64 {
        self.written += 1;
        self.written
    }
}

impl MemoryStore {
    /// An empty store on this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, skew: TimeDelta::zero(), tables: Arc::default() }
    }

    /// A store whose time is ahead of the clock by `skew`, or behind it when that is negative.
    #[must_use]
    pub fn with_skew(mut self, skew: TimeDelta) -> Self {
        self.skew = skew;
        self
    }

    /// The messages in the outbox, due or not, the oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<OutboxMessage> {
        let tables = self.tables();
        let mut messages: Vec<_> = tables.messages.values().collect();
        messages.sort_by_key(|message| message.written);
        messages.into_iter().map(|message| message.message.clone()).collect()
    }

    /// The events that wait for a sink, due or not, in the order of their ids.
    #[must_use]
    pub fn events(&self, sink: &str) -> Vec<Event> {
        let tables = self.tables();
        let of_sink = tables.events.iter().filter(|((of, _), _)| of.as_str() == sink);
        of_sink.map(|(_, waiting)| waiting.event.clone()).collect()
    }

    /// How many flows are kept, expired ones included.
    #[must_use]
    pub fn flows(&self) -> usize {
        self.tables().flows.len()
    }

    /// Now, in epoch milliseconds of this store's own clock.
    fn now_ms(&self) -> i64 {
        self.clock.now().timestamp_millis().saturating_add(self.skew.num_milliseconds())
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How much is in it, not what.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = self.tables();
        f.debug_struct("MemoryStore")
            .field("integrations", &tables.rows.len())
            .field("flows", &tables.flows.len())
            .field("messages", &tables.messages.len())
            .field("events", &tables.events.len())
            .field("threads", &tables.threads.len())
            .field("secrets", &tables.secrets.len())
            .field("tasks", &tables.tasks.len())
            .field("ledger", &tables.ledger.len())
            .field("requests", &tables.requests.len())
            .field("runs", &tables.runs.len())
            .field("calls", &tables.calls.len())
            .finish_non_exhaustive()
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
