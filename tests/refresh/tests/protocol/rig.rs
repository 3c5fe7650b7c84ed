use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, bail, ensure};
use bailee_core::{Clock as _, ExposeSecret as _, Integration, Owner};
use bailee_engine::{Bailee, SystemClock};
use bailee_testkit::{MockGoogle, connected, mock_google::Rotation};
use bailee_vault::{KeyRing, RingEntropy};
use futures_util::future::try_join_all;
use refresh_tests::{Halt, Orders, Pace, Replay, Stand, Step};
use test_support::{Engine, Raw, TestDatabase};

/// Runs a test on a fresh database of each engine that several processes can open, once for each case, and all at once:
/// such a test waits more than it works.
#[expect(clippy::future_not_send, reason = "a test awaits it where it is")]
pub(crate) async fn on_each_at_once<C: Copy>(
    cases: &[C],
    test: impl AsyncFn(&TestDatabase, C) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    on_these_at_once(&Engine::SHARED, cases, test).await
}

/// The same on these engines.
#[expect(clippy::future_not_send, reason = "a test awaits it where it is")]
pub(crate) async fn on_these_at_once<C: Copy>(
    engines: &[Engine],
    cases: &[C],
    test: impl AsyncFn(&TestDatabase, C) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let all = engines.iter().flat_map(|engine| cases.iter().map(move |case| (engine, *case)));
    let each = all.map(async |(engine, case)| match engine.fresh().await? {
        Some(database) => test(&database, case).await.with_context(|| format!("on {engine}")),
        None => Ok(()),
    });
    try_join_all(each).await.map(drop)
}

/// Waits until a number of the database says so.
pub(crate) async fn until(condition: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let clock = SystemClock::new();
    while clock.monotonic() < Duration::from_secs(30) {
        if condition().await? {
            return Ok(());
        }
        clock.sleep(Duration::from_millis(20)).await;
    }
    bail!("it never comes to that")
}

/// A provider, a database, and this process as one of its hosts.
pub(crate) struct Rig {
    pub(crate) mock: MockGoogle,
    pub(crate) raw: Raw,
    pub(crate) orders: Orders,
    /// This process: it connects, and then mostly watches.
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
}

impl Rig {
    /// Where a second use of a refresh token does this.
    pub(crate) async fn new(database: &TestDatabase, replay: Replay) -> anyhow::Result<Self> {
        let rotation = match replay {
            Replay::Static => Rotation::Off,
            Replay::Grace => Rotation::Grace(1),
            Replay::Strict => Rotation::Strict,
        };
        let mock = MockGoogle::builder().rotation(rotation).start().await?;
        let (_, keys) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let orders = Orders {
            database: database.url().to_owned(),
            pool: 4,
            // A machine with much to do is no database that is gone.
            acquire_seconds: 30,
            keys: keys.expose_secret().to_owned(),
            provider: mock.url().clone(),
            replay,
            pace: Pace::Default,
            stand: None,
            clock_ahead_minutes: 0,
            background: false,
        };
        database.store().await?;
        let bailee = orders.host(Stand::nowhere()).await?;
        Ok(Self { mock, raw: Raw::open(database).await?, orders, bailee, owner: Owner::user("u1")? })
    }

    pub(crate) async fn connect(&self, owner: &Owner) -> anyhow::Result<Integration> {
        connected(&self.bailee, &self.mock, owner, "google").await.map_err(anyhow::Error::from_boxed)
    }

    /// Connects, and lets the access token expire, here and at the provider.
    pub(crate) async fn expired(&self) -> anyhow::Result<Integration> {
        let integration = self.connect(&self.owner).await?;
        self.expire().await?;
        self.mock.clear_requests();
        Ok(integration)
    }

    /// Lets all access tokens expire, here and at the provider.
    pub(crate) async fn expire(&self) -> anyhow::Result<()> {
        self.mock.expire_access_tokens();
        self.raw.run("UPDATE user_integrations SET access_expires_ms = access_expires_ms - 7200000").await
    }

    /// How many refreshes arrived at the provider.
    pub(crate) fn refreshes(&self) -> usize {
        self.mock.count("/token", Some("refresh_token"))
    }

    /// Another host, in this process.
    pub(crate) async fn host(&self) -> anyhow::Result<Bailee> {
        self.orders.host(Stand::nowhere()).await
    }

    /// Another host in this process, whose first refresh stands still at this step.
    pub(crate) async fn host_standing(&self, step: Step) -> anyhow::Result<(Bailee, Halt)> {
        let (stand, halt) = Stand::at(step);
        Ok((self.orders.host(stand).await?, halt))
    }

    /// The row of `u1`, in one number.
    pub(crate) async fn column(&self, expression: &str) -> anyhow::Result<i64> {
        self.raw.count(&format!("SELECT {expression} FROM user_integrations WHERE user_id = 'u1'")).await
    }

    /// Nobody declared the grant dead, not even for a moment: both that and its revival are versions.
    pub(crate) async fn ensure_never_dead(&self) -> anyhow::Result<()> {
        let connected = "lifecycle = 'connected' AND status = 'Valid' AND user_id = 'u1'";
        let connected = format!("SELECT COUNT(*) FROM user_integrations WHERE {connected}");
        ensure!(self.raw.count(&connected).await? == 1, "the row is not connected");
        ensure!(self.column("version").await? == 1, "the grant was declared dead");
        Ok(())
    }

    /// Ends the lease of `u1` by the database's clock, as time would.
    pub(crate) async fn lapse(&self) -> anyhow::Result<()> {
        let ended = self.raw.clock().await? - 1;
        let set = "UPDATE user_integrations SET lease_until_ms";
        self.raw.run(&format!("{set} = {ended} WHERE user_id = 'u1' AND lease_until_ms > {ended}")).await
    }
}
