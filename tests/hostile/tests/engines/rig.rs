use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bailee_core::{Clock as _, CredentialStore as _, Integration, IntegrationId, Owner, Provider};
use bailee_engine::{Bailee, Builder, SystemClock, Timings};
use bailee_storage::{SqlOptions, SqlStore};
use bailee_testkit::{MockGoogle, connected};
use bailee_vault::KeyRing;
use test_support::{Engine, TestDatabase, google, key_ring};

/// How long a condition may take to come about on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A host over a fresh database, before a mock Google.
pub(crate) struct Rig {
    pub(crate) mock: MockGoogle,
    pub(crate) store: SqlStore,
    pub(crate) keys: KeyRing,
    pub(crate) bailee: Bailee,
}

impl Rig {
    pub(crate) async fn on(database: &TestDatabase) -> Result<Self> {
        let mock = MockGoogle::start().await?;
        let (store, keys) = (open(database).await?, key_ring()?);
        let bailee = builder(&store, &keys, google(&mock)?)?.build()?;
        Ok(Self { mock, store, keys, bailee })
    }

    /// Another process of the same host. It has connections of its own where the engine allows that.
    pub(crate) async fn process(&self, database: &TestDatabase) -> Result<Bailee> {
        let store = match database.engine() {
            Engine::SqliteMemory => self.store.clone(),
            _ => open(database).await?,
        };
        Ok(builder(&store, &self.keys, google(&self.mock)?)?.build()?)
    }

    /// The same host with another provider.
    pub(crate) fn with(&self, provider: impl Provider + 'static) -> Result<Bailee> {
        Ok(builder(&self.store, &self.keys, provider)?.build()?)
    }

    pub(crate) async fn connect(&self, owner: &Owner) -> Result<Integration> {
        connected(&self.bailee, &self.mock, owner, "google").await.map_err(anyhow::Error::from_boxed)
    }

    /// Accounts of so many owners, whose access tokens have expired by the database's clock.
    pub(crate) async fn expired(&self, owners: usize) -> Result<Vec<(Owner, IntegrationId)>> {
        self.mock.set_expires_in(1);
        let mut rows = Vec::new();
        for number in 0..owners {
            let owner = Owner::user(format!("u{number}"))?;
            let id = self.connect(&owner).await?.id;
            rows.push((owner, id));
        }
        self.mock.set_expires_in(3_600);
        self.mock.clear_requests();
        for (_, id) in &rows {
            until(async || {
                let row = self.store.read(*id).await?.context("the row is gone")?;
                Ok(row.access_expires_ms.is_some_and(|expires| expires <= row.now_ms))
            })
            .await
            .context("no token expires")?;
        }
        Ok(rows)
    }
}

/// Few connections for each of many hosts, on servers that other tests use too.
async fn open(database: &TestDatabase) -> Result<SqlStore> {
    database.store_with(SqlOptions::default().with_max_connections(4)).await
}

/// Waits that are short for the database's clock, which cannot be moved.
pub(crate) fn builder(
    store: &SqlStore,
    keys: &KeyRing,
    provider: impl Provider + 'static,
) -> Result<Builder> {
    let timings = Timings::default()
        .with_backoff(Duration::from_millis(10))
        .with_settle(Duration::from_millis(20))
        .with_poll(Duration::from_millis(5));
    Ok(Bailee::builder(store.clone(), keys.clone())
        .base_url("https://backend.example".parse()?)
        .timings(timings)
        .provider(provider))
}

/// Asks again and again until it is so.
pub(crate) async fn until(mut is_so: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    let clock = SystemClock::new();
    let give_up = clock.monotonic() + PATIENCE;
    while !is_so().await? {
        ensure!(clock.monotonic() < give_up, "it did not come about");
        clock.sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
