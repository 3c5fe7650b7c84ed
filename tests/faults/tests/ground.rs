//! A store of each engine, which the flows of one engine have in turn.

use std::{fmt, sync::Arc, time::Duration};

use anyhow::Result;
use bailee_core::{ExposeSecret as _, SecretString, store::Store};
use bailee_storage::SqlOptions;
use bailee_testkit::{MemoryStore, MockClock};
use bailee_vault::{KeyRing, RingEntropy};
use test_support::{Raw, TestDatabase};

/// Longer than any lease, claim or gate, and shorter than any token or flow.
const LATER: Duration = Duration::from_mins(2);

/// What a flow leaves behind.
const TABLES: [&str; 13] = [
    "agent_runs",
    "agent_tasks",
    "connect_requests",
    "event_outbox",
    "idempotency_keys",
    "ledger",
    "oauth_flows",
    "outbox",
    "owner_versions",
    "seen_events",
    "thread_permissions",
    "user_integrations",
    "user_secrets",
];

/// A store, and its time.
pub(crate) struct Ground {
    name: String,
    kind: Kind,
    keys: [SecretString; 2],
}

enum Kind {
    Memory(MemoryStore, MockClock),
    Sql(Arc<dyn Store>, Raw),
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Ground {
    fn new(name: String, kind: Kind) -> Result<Self> {
        let key = || Ok::<_, anyhow::Error>(KeyRing::generate(Arc::new(RingEntropy::new()))?.1);
        Ok(Self { name, kind, keys: [key()?, key()?] })
    }

    pub(crate) fn memory() -> Result<Self> {
        let clock = MockClock::new();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        Self::new("memory".to_owned(), Kind::Memory(store, clock))
    }

    pub(crate) async fn on(database: &TestDatabase) -> Result<Self> {
        let store = database.store_with(SqlOptions::default().with_max_connections(4)).await?;
        let kind = Kind::Sql(Arc::new(store), Raw::open(database).await?);
        Self::new(database.engine().to_string(), kind)
    }

    /// Whether it is the store in memory.
    pub(crate) const fn is_memory(&self) -> bool {
        matches!(self.kind, Kind::Memory(..))
    }

    /// The store, without anything in it.
    pub(crate) async fn cleared(&mut self) -> Result<Arc<dyn Store>> {
        match &mut self.kind {
            Kind::Memory(store, clock) => {
                *store = MemoryStore::new(Arc::new(clock.clone()));
                Ok(Arc::new(store.clone()))
            }
            Kind::Sql(store, raw) => {
                for table in TABLES {
                    raw.run(&format!("DELETE FROM {table}")).await?;
                }
                Ok(Arc::clone(store))
            }
        }
    }

    /// So much time passes that what was put off is due, and what was held has lapsed.
    pub(crate) async fn later(&self) -> Result<()> {
        match &self.kind {
            Kind::Memory(_, clock) => clock.advance(LATER),
            Kind::Sql(_, raw) => {
                let ms = LATER.as_millis();
                raw.run(&format!("UPDATE outbox SET due_ms = due_ms - {ms}")).await?;
                raw.run(&format!("UPDATE agent_tasks SET updated_ms = updated_ms - {ms}")).await?;
                raw.run(&format!("UPDATE idempotency_keys SET begun_ms = begun_ms - {ms}")).await?;
                raw.run(&format!(
                    "UPDATE user_integrations SET lease_until_ms = \
                     CASE WHEN lease_until_ms > {ms} THEN lease_until_ms - {ms} ELSE lease_until_ms END, \
                     next_refresh_ms = \
                     CASE WHEN next_refresh_ms > {ms} THEN next_refresh_ms - {ms} ELSE next_refresh_ms END, \
                     access_expires_ms = access_expires_ms - {ms}"
                ))
                .await?;
            }
        }
        Ok(())
    }

    /// Every access token expires.
    pub(crate) async fn expire(&self) -> Result<()> {
        match &self.kind {
            Kind::Memory(_, clock) => clock.advance(Duration::from_hours(2)),
            Kind::Sql(_, raw) => raw.run("UPDATE user_integrations SET access_expires_ms = 1").await?,
        }
        Ok(())
    }

    /// How many jobs wait in the outbox.
    pub(crate) async fn waiting(&self) -> Result<i64> {
        match &self.kind {
            Kind::Memory(store, _) => Ok(i64::try_from(store.messages().len())?),
            Kind::Sql(_, raw) => raw.count("SELECT COUNT(*) FROM outbox").await,
        }
    }

    /// A ring that seals with the first key, or with the second one.
    pub(crate) fn ring(&self, second: bool) -> Result<KeyRing> {
        let [one, two] = &self.keys;
        let (first, last) = if second { (two, one) } else { (one, two) };
        Ok(KeyRing::parse(&format!("{},{}", first.expose_secret(), last.expose_secret()))?)
    }
}
