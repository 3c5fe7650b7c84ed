//! The store: the memory store of the testkit, on a clock that the simulation moves, answering at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;

use bailee_core::{
    Account, AccountId, ClientId, Clock, CredentialStore, IntegrationId, IntegrationStore, KeyId,
    OAuthScopes, OutboxMessage, Owner, ProviderKey, Scope, Sealed, StoreError,
    store::{Connection, CredentialRow, NewIntegration},
};
use bailee_testkit::MemoryStore;

use crate::provider::Issued;

const KEY: KeyId = KeyId::new(*b"simulate");

/// What is in the record: numbers of the provider's tokens, and the epoch for which they were sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Secret {
    pub(crate) grant: usize,
    pub(crate) refresh: Option<usize>,
    pub(crate) access: usize,
    pub(crate) epoch: i64,
}

impl Secret {
    pub(crate) const fn of(issued: &Issued, epoch: i64) -> Self {
        let Issued { grant, refresh, access, .. } = *issued;
        Self { grant, refresh, access, epoch }
    }

    pub(crate) fn seal(self) -> Sealed {
        let refresh = self.refresh.map_or(0, |refresh| refresh as u64 + 1);
        let words = [self.grant as u64, refresh, self.access as u64, self.epoch.unsigned_abs()];
        Sealed { bytes: words.iter().flat_map(|word| word.to_be_bytes()).collect(), key: KEY }
    }

    pub(crate) fn open(row: &CredentialRow) -> anyhow::Result<Self> {
        let word = |at: usize| -> anyhow::Result<u64> {
            let bytes = row.sealed.get(at * 8..at * 8 + 8).context("a record has four words")?;
            Ok(u64::from_be_bytes(bytes.try_into()?))
        };
        Ok(Self {
            grant: usize::try_from(word(0)?)?,
            refresh: word(1)?.checked_sub(1).map(usize::try_from).transpose()?,
            access: usize::try_from(word(2)?)?,
            epoch: i64::try_from(word(3)?)?,
        })
    }
}

/// The clock of the database.
#[derive(Clone, Debug, Default)]
struct StoreClock(Arc<AtomicI64>);

#[async_trait]
impl Clock for StoreClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::Relaxed)).unwrap_or_default()
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed).unsigned_abs())
    }

    async fn sleep(&self, _: Duration) {}
}

/// One row, and how to reach it.
#[derive(Debug)]
pub(crate) struct Database {
    store: MemoryStore,
    clock: StoreClock,
    owner: Owner,
    id: IntegrationId,
}

impl Database {
    /// With the row of a first connect.
    pub(crate) fn new(now_ms: i64, issued: &Issued) -> anyhow::Result<Self> {
        let clock = StoreClock::default();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let id = IntegrationId::from_parts(1, [0; 10]);
        let database = Self { store, clock, owner: Owner::user("u")?, id };
        database.set(now_ms);
        let new = NewIntegration {
            id,
            owner: database.owner.clone(),
            provider: ProviderKey::new("p")?,
            slot: String::new(),
            connection: connection(issued, 1)?,
            scope: Scope::All,
            bound_profile: None,
            config: serde_json::Map::new(),
        };
        at_once(database.store.insert(new))?;
        Ok(database)
    }

    /// Sets its clock.
    pub(crate) fn set(&self, now_ms: i64) {
        self.clock.0.store(now_ms, Ordering::Relaxed);
    }

    pub(crate) fn row(&self) -> anyhow::Result<Option<CredentialRow>> {
        at_once(self.store.read(self.id))
    }

    /// A statement by id.
    pub(crate) fn run<'a, T, F>(
        &'a self,
        statement: impl FnOnce(&'a dyn CredentialStore, IntegrationId) -> F,
    ) -> anyhow::Result<T>
    where
        F: Future<Output = Result<T, StoreError>> + 'a,
    {
        at_once(statement(&self.store, self.id))
    }

    pub(crate) fn reconnect(&self, lease_epoch: i64, issued: &Issued) -> anyhow::Result<bool> {
        let connection = connection(issued, lease_epoch + 1)?;
        at_once(self.store.reconnect(&self.owner, self.id, lease_epoch, connection))
    }

    pub(crate) fn begin_disconnect(&self) -> anyhow::Result<bool> {
        let message = OutboxMessage::disconnect(self.id);
        at_once(self.store.begin_disconnect(&self.owner, self.id, message, Duration::ZERO, None))
    }
}

fn connection(issued: &Issued, epoch: i64) -> anyhow::Result<Connection> {
    Ok(Connection {
        client: Some(ClientId::new("c")?),
        account: Account { id: AccountId::new("a")?, label: None },
        requested: OAuthScopes::default(),
        granted: None,
        sealed: Secret::of(issued, epoch).seal(),
        refreshable: issued.refresh.is_some(),
        expires_in: issued.lifetime.map(Duration::from_millis),
        announcement: None,
    })
}

fn at_once<T>(statement: impl Future<Output = Result<T, StoreError>>) -> anyhow::Result<T> {
    Ok(statement.now_or_never().context("the memory store does not wait")??)
}
