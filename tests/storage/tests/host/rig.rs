use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use bailee_core::{Integration, Lifecycle, Owner, SecretString};
use bailee_engine::{Arrival, Bailee, ConnectOptions, Error, Live, Returned, Timings, TokenError};
use bailee_storage::{SqlOptions, SqlPool, SqlStore};
use bailee_testkit::{
    MockGoogle, connected,
    mock_provider::{Endpoint, Fault, Gate},
    returned,
};
use bailee_vault::KeyRing;
use sqlx::{AssertSqlSafe, Executor as _, mysql::MySqlPoolOptions, postgres::PgPoolOptions};
use test_support::{Engine, Raw, TestDatabase, google, key_ring, person};
use tokio::task::JoinHandle;

/// No test waits longer for anything; nothing should take a tenth of it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A host over a SQL store, and its database beside it.
pub(crate) struct Rig {
    pub(crate) mock: MockGoogle,
    pub(crate) keys: KeyRing,
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
    pub(crate) raw: Raw,
}

/// Waits of the engine that tests need not sit out.
pub(crate) fn timings() -> Timings {
    Timings::default()
        .with_request(Duration::from_secs(5))
        .with_persist(Duration::from_secs(1))
        .with_lease(Duration::from_secs(11))
        .with_wait(Duration::from_secs(6))
        .with_settle(Duration::from_millis(20))
        .with_replay(Duration::from_millis(20))
        .with_poll(Duration::from_millis(10))
        .with_backoff(Duration::from_millis(20))
}

impl Rig {
    /// Over a store on this database, which has its tables already.
    pub(crate) async fn over(store: SqlStore, database: &TestDatabase) -> anyhow::Result<Self> {
        let mock = MockGoogle::start().await?;
        let keys = key_ring()?;
        let bailee = process(store, &keys, &mock, timings())?;
        Ok(Self { mock, keys, bailee, owner: Owner::user("u1")?, raw: Raw::open(database).await? })
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Integration> {
        self.connect_as(&self.owner).await
    }

    pub(crate) async fn connect_as(&self, owner: &Owner) -> anyhow::Result<Integration> {
        connected(&self.bailee, &self.mock, owner, "google").await.map_err(anyhow::Error::from_boxed)
    }

    /// Connects, and lets the access token expire at both ends.
    pub(crate) async fn expired(&self) -> anyhow::Result<Integration> {
        let integration = self.connect().await?;
        self.expire().await?;
        Ok(integration)
    }

    pub(crate) async fn expire(&self) -> anyhow::Result<()> {
        self.raw.run("UPDATE user_integrations SET access_expires_ms = 1").await?;
        self.mock.expire_access_tokens();
        self.mock.clear_requests();
        Ok(())
    }

    pub(crate) async fn token(&self) -> Result<Live, TokenError> {
        in_time(self.bailee.token(&self.owner, "google")).await
    }

    /// A caller whose refresh the provider has carried out and does not answer before the gate opens.
    pub(crate) async fn refresh_in_flight(
        &self,
    ) -> anyhow::Result<(Gate, JoinHandle<Result<Live, TokenError>>)> {
        let gate = self.held_answer();
        let (bailee, owner) = (self.bailee.clone(), self.owner.clone());
        let caller = tokio::spawn(async move { in_time(bailee.token(&owner, "google")).await });
        within(gate.until_waiting(1)).await?;
        Ok((gate, caller))
    }

    /// The next answer of the token endpoint waits at this gate.
    pub(crate) fn held_answer(&self) -> Gate {
        let gate = Gate::new();
        self.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
        gate
    }

    /// A browser that comes back from the consent page, with its nonce.
    pub(crate) async fn consented(&self) -> anyhow::Result<(Returned, SecretString)> {
        let nonce = self.bailee.nonce()?;
        let link =
            self.bailee.connect(&self.owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
        Ok((returned("google", &self.mock.approve(&link.url)?), nonce))
    }

    pub(crate) async fn arrive(&self, back: &(Returned, SecretString)) -> Result<Arrival, Error> {
        let session = person(self.owner.clone());
        in_time(self.bailee.arrived(back.0.clone(), Some(&session), Some(&back.1))).await
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.mock.count("/token", Some("refresh_token"))
    }

    /// Waits until this epoch is what the row has, and checks that it is connected and valid.
    pub(crate) async fn until_written(&self, epoch: i64) -> anyhow::Result<()> {
        self.until(&format!("SELECT COUNT(*) FROM user_integrations WHERE secret_epoch = {epoch}"), 1)
            .await?;
        let row = self.only().await?;
        anyhow::ensure!(row.lifecycle == Lifecycle::Connected, "{:?}", row.lifecycle);
        Ok(())
    }

    /// Polls a count until it has this value.
    #[expect(clippy::disallowed_methods, reason = "polls a database")]
    pub(crate) async fn until(&self, sql: &str, wanted: i64) -> anyhow::Result<()> {
        within(async {
            while self.raw.count(sql).await? != wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        })
        .await?
        .with_context(|| sql.to_owned())
    }

    pub(crate) async fn epoch(&self) -> anyhow::Result<i64> {
        self.raw.count("SELECT MAX(secret_epoch) FROM user_integrations").await
    }

    pub(crate) async fn only(&self) -> anyhow::Result<Integration> {
        let page = self.bailee.integrations(&self.owner, None, 10).await?;
        anyhow::ensure!(page.items.len() == 1, "{} integrations", page.items.len());
        page.items.into_iter().next().context("no integration")
    }
}

/// Another process of the same host.
pub(crate) fn process(
    store: SqlStore,
    keys: &KeyRing,
    mock: &MockGoogle,
    timings: Timings,
) -> anyhow::Result<Bailee> {
    Ok(Bailee::builder(store, keys.clone())
        .base_url("https://backend.example".parse()?)
        .timings(timings)
        .provider(google(mock)?)
        .build()?)
}

/// Nobody waits without an end.
#[expect(clippy::expect_used, reason = "a call that hangs fails the test")]
pub(crate) async fn in_time<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, call).await.expect("the call hangs")
}

pub(crate) async fn within<T>(wait: impl Future<Output = T>) -> anyhow::Result<T> {
    Ok(tokio::time::timeout(PATIENCE, wait).await?)
}

/// Options that give up on a database soon, and yet give it time to connect on a busy machine.
pub(crate) fn impatient() -> SqlOptions {
    SqlOptions::default().with_acquire_timeout(Duration::from_secs(2)).with_max_connections(4)
}

/// A pool as a host makes it, whose connections begin with this statement.
pub(crate) async fn pool_with(database: &TestDatabase, first: &'static str) -> anyhow::Result<SqlPool> {
    Ok(match database.engine() {
        Engine::MySql => MySqlPoolOptions::new()
            .max_connections(4)
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(first).await.map(drop) })
            })
            .connect(database.url())
            .await?
            .into(),
        Engine::Postgres => PgPoolOptions::new()
            .max_connections(4)
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(first).await.map(drop) })
            })
            .connect(database.url())
            .await?
            .into(),
        Engine::SqliteFile | Engine::SqliteMemory => anyhow::bail!("made by the test itself"),
    })
}

/// The file of a SQLite database.
pub(crate) fn file(database: &TestDatabase) -> PathBuf {
    PathBuf::from(database.url().trim_start_matches("sqlite://"))
}

/// A statement on a pool, for what a `Raw` must not do on a connection of its own.
pub(crate) async fn on(pool: &sqlx::SqlitePool, sql: &str) -> anyhow::Result<()> {
    pool.execute(AssertSqlSafe(sql.to_owned())).await.with_context(|| sql.to_owned())?;
    Ok(())
}
