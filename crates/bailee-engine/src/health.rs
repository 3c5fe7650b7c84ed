//! How a process is, for its host to ask.

use std::{collections::BTreeSet, time::Duration};

use bailee_core::{KeyId, ProviderKey, StoreError, VaultError, store::Backlog};
use serde::Serialize;

use crate::{Bailee, GateStanding, engine::Inner};

/// How long the database may take for all that is asked of it.
const DEADLINE: Duration = Duration::from_secs(5);

/// A message that nobody has taken for so long means that no worker runs, or that it cannot keep up.
const LATE: Duration = Duration::from_mins(5);

/// How many keys are looked at.
const KEYS: u32 = 20;

/// How a process is. Without secrets: it may be shown to whoever looks after the host, and is best kept from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The sum of it.
    pub status: HealthStatus,
    /// Why it is no better; empty where all is well.
    pub reasons: Vec<HealthReason>,
    /// The database.
    pub database: DatabaseHealth,
    /// The key ring, and what was sealed with it.
    pub keys: KeyHealth,
    /// Providers that are not asked just now, as so many requests to them failed.
    pub breakers: Vec<BreakerHealth>,
    /// Refreshed credentials that only this process has, as the store did not take them yet. They are written as soon as
    /// it does, and lost if the process ends before.
    pub unpersisted_tokens: usize,
    /// The outbox; `None` where the database does not tell.
    pub outbox: Option<OutboxHealth>,
}

/// What to do with a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// All is well.
    Healthy,
    /// It works, and somebody must look at it. Taking it out of service would not help.
    Degraded,
    /// It can do nothing: send requests elsewhere.
    Failing,
}

/// Why a process is not healthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthReason {
    /// A provider is not asked just now.
    BreakerOpen,
    /// The database did not answer, or not in time.
    DatabaseUnavailable,
    /// A key that sealed records is not in the ring.
    KeyMissing,
    /// Messages are due that no worker takes.
    OutboxLate,
    /// A sealed record is damaged, or of a newer version.
    RecordUnreadable,
    /// The migration was not run.
    SchemaOutdated,
    /// Tokens were obtained that the store did not take yet.
    TokensUnpersisted,
}

impl HealthReason {
    const fn status(self) -> HealthStatus {
        match self {
            Self::DatabaseUnavailable | Self::SchemaOutdated => HealthStatus::Failing,
            _ => HealthStatus::Degraded,
        }
    }
}

/// How the database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DatabaseHealth {
    /// Whether it answered.
    pub answers: bool,
    /// Whether its tables are those of this version; `None` where that is not known.
    pub schema_is_current: Option<bool>,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
}

impl DatabaseHealth {
    fn new(error: Option<&StoreError>, latency_ms: u64) -> Self {
        let (answers, schema_is_current) = match error {
            None => (true, Some(true)),
            Some(StoreError::SchemaOutdated { .. }) => (true, Some(false)),
            Some(_) => (false, None),
        };
        Self { answers, schema_is_current, latency_ms }
    }
}

/// How the key ring is, by one credential of each key that sealed any. Named secrets are not looked at:
/// [`Bailee::records_by_key`] counts them too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyHealth {
    /// The key that seals now.
    pub primary: String,
    /// Keys that sealed credentials and are not in the ring.
    pub missing: Vec<String>,
    /// Of how many keys the credential opened.
    pub opened: usize,
    /// Of how many keys the credential did not open although the key is there.
    pub unreadable: usize,
}

impl KeyHealth {
    fn new(primary: KeyId, samples: &[Result<(), VaultError>]) -> Self {
        let missing = samples.iter().filter_map(|sample| match sample {
            Err(VaultError::KeyUnavailable { kid }) => Some(kid.to_string()),
            _ => None,
        });
        let missing: Vec<String> = missing.collect();
        let opened = samples.iter().filter(|sample| sample.is_ok()).count();
        let unreadable = samples.len() - opened - missing.len();
        Self { primary: primary.to_string(), missing, opened, unreadable }
    }
}

/// A provider that is not asked just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BreakerHealth {
    /// Which one.
    pub provider: ProviderKey,
    /// A word for how far that goes: `open`, `half_open`.
    pub state: &'static str,
}

/// How the outbox is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxHealth {
    /// Messages that are not done.
    pub waiting: u64,
    /// For how long the first of those that are due has been due and not been taken, in milliseconds.
    pub overdue_ms: u64,
}

impl From<Backlog> for OutboxHealth {
    fn from(backlog: Backlog) -> Self {
        Self { waiting: backlog.waiting, overdue_ms: backlog.overdue.map_or(0, millis) }
    }
}

impl Bailee {
    /// How this process is: for a health check of the host. Asks the database two small questions, and takes five seconds at
    /// most.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # use bailee_testkit::{GlassVault, MemoryStore, MockClock};
    /// use bailee_engine::{Bailee, HealthStatus};
    ///
    /// # let store = MemoryStore::new(std::sync::Arc::new(MockClock::default()));
    /// # let builder = Bailee::builder(store, GlassVault::default());
    /// # let bailee = builder.base_url("https://backend.example.com".parse()?).build()?;
    /// let health = bailee.health().await;
    /// let answer = if health.status == HealthStatus::Failing { 503 } else { 200 };
    /// # assert_eq!((answer, health.reasons.len()), (200, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[tracing::instrument(name = "bailee.health", level = "debug", skip_all)]
    pub async fn health(&self) -> Health {
        let inner = self.inner();
        let begun = inner.clock.monotonic();
        let asked = tokio::select! {
            biased;
            asked = inner.ask_store() => asked,
            () = inner.clock.sleep(DEADLINE) => Err(StoreError::Unavailable),
        };
        let latency_ms = millis(inner.clock.monotonic().saturating_sub(begun));
        let database = DatabaseHealth::new(asked.as_ref().err(), latency_ms);
        let (backlog, samples) = asked.map_or((None, Vec::new()), |(backlog, keys)| (Some(backlog), keys));
        let health = Health {
            status: HealthStatus::Healthy,
            reasons: Vec::new(),
            database,
            keys: KeyHealth::new(inner.vault.primary(), &samples),
            breakers: inner.breakers(),
            unpersisted_tokens: inner.unpersisted.count(),
            outbox: backlog.map(OutboxHealth::from),
        };
        health.judged()
    }
}

impl Health {
    /// With its reasons, and the sum of them.
    fn judged(mut self) -> Self {
        let late = self.outbox.is_some_and(|outbox| outbox.overdue_ms >= millis(LATE));
        let reasons = [
            (!self.breakers.is_empty(), HealthReason::BreakerOpen),
            (!self.database.answers, HealthReason::DatabaseUnavailable),
            (!self.keys.missing.is_empty(), HealthReason::KeyMissing),
            (late, HealthReason::OutboxLate),
            (self.keys.unreadable > 0, HealthReason::RecordUnreadable),
            (self.database.schema_is_current == Some(false), HealthReason::SchemaOutdated),
            (self.unpersisted_tokens > 0, HealthReason::TokensUnpersisted),
        ];
        self.reasons = reasons.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect();
        let worst = self.reasons.iter().map(|reason| reason.status()).max();
        self.status = worst.unwrap_or(HealthStatus::Healthy);
        self
    }
}

impl Inner {
    async fn ask_store(&self) -> Result<(Backlog, Vec<Result<(), VaultError>>), StoreError> {
        let backlog = self.stores.maintenance.backlog().await?;
        let rows = self.stores.maintenance.sample_records(KEYS).await?;
        Ok((backlog, rows.iter().map(|row| self.open_credential(row).map(drop)).collect()))
    }

    /// Which providers are not asked just now, each once for how far that goes.
    fn breakers(&self) -> Vec<BreakerHealth> {
        let word = |standing| match standing {
            GateStanding::Closed => None,
            GateStanding::HalfOpen => Some("half_open"),
            GateStanding::Open { .. } => Some("open"),
        };
        let held =
            self.gates.states().into_iter().filter_map(|gate| Some((gate.provider, word(gate.standing)?)));
        let held: BTreeSet<_> = held.collect();
        held.into_iter().map(|(provider, state)| BreakerHealth { provider, state }).collect()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
