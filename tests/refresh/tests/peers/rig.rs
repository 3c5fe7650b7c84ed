use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use bailee_core::{Clock as _, ExposeSecret as _, Integration, Owner, Rotation};
use bailee_engine::{Bailee, Builder, Live, SystemClock, Timings, TokenError};
use bailee_testkit::{
    MockGoogle, connected, mock_google,
    mock_provider::{Endpoint, Fault, Gate},
};
use bailee_vault::KeyRing;
use futures_util::future::try_join_all;
use process_tests::{Answers, Halt, Replay, Rotating, Stand, StandingStore, Step, ask};
use test_support::{Engine, Raw, TestDatabase, google, key_ring};
use tokio::task::JoinHandle;

/// Whose row it is.
pub(crate) const USER: &str = "u1";

/// A caller in a task of its own.
pub(crate) type Caller = JoinHandle<Result<Live, TokenError>>;

/// Runs a test on a fresh database of each engine that several hosts can open, once for each case, and all at once: such a
/// test waits more than it works.
#[expect(clippy::future_not_send, reason = "a test awaits it where it is")]
pub(crate) async fn on_each_at_once<C: Copy>(
    cases: &[C],
    test: impl AsyncFn(&TestDatabase, C) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let all = Engine::SHARED.iter().flat_map(|engine| cases.iter().map(move |case| (engine, *case)));
    let each = all.map(async |(engine, case)| match engine.fresh().await? {
        Some(database) => test(&database, case).await.with_context(|| format!("on {engine}")),
        None => Ok(()),
    });
    try_join_all(each).await.map(drop)
}

/// Waits until it is so.
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

/// Timings for leases that are to lapse while a test waits.
pub(crate) fn short() -> Timings {
    Timings::default()
        .with_request(Duration::from_secs(2))
        .with_persist(Duration::from_secs(1))
        .with_lease(Duration::from_secs(5))
        .with_wait(Duration::from_secs(20))
        .with_settle(Duration::from_millis(300))
        .with_replay(Duration::from_millis(100))
        .with_backoff(Duration::from_millis(100))
}

/// A provider, a database, and hosts over it.
pub(crate) struct Rig<'a> {
    database: &'a TestDatabase,
    pub(crate) mock: MockGoogle,
    pub(crate) raw: Raw,
    keys: KeyRing,
    replay: Replay,
    pub(crate) timings: Timings,
    pub(crate) owner: Owner,
    /// The host that connects, and then mostly watches.
    pub(crate) bailee: Bailee,
}

impl<'a> Rig<'a> {
    /// Where a second use of a refresh token does this. Nothing is connected.
    pub(crate) async fn new(
        database: &'a TestDatabase,
        replay: Replay,
        timings: Timings,
    ) -> anyhow::Result<Self> {
        let rotation = match replay {
            Replay::Static => mock_google::Rotation::Off,
            Replay::Grace => mock_google::Rotation::Grace(1),
            Replay::Strict => mock_google::Rotation::Strict,
        };
        let mock = MockGoogle::builder().rotation(rotation).start().await?;
        let keys = key_ring()?;
        let bailee = builder(database, &mock, &keys, replay, Stand::nowhere()).await?.build()?;
        let (raw, owner) = (Raw::open(database).await?, Owner::user(USER)?);
        Ok(Self { database, mock, raw, keys, replay, timings, owner, bailee })
    }

    /// The same, with an access token that has expired, here and at the provider.
    pub(crate) async fn expired(
        database: &'a TestDatabase,
        replay: Replay,
        timings: Timings,
    ) -> anyhow::Result<(Self, Integration)> {
        let rig = Self::new(database, replay, timings).await?;
        let integration = rig.connect().await?;
        rig.expire().await?;
        rig.mock.clear_requests();
        Ok((rig, integration))
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Integration> {
        connected(&self.bailee, &self.mock, &self.owner, "google").await.map_err(anyhow::Error::from_boxed)
    }

    /// Lets the access token expire, here and at the provider.
    pub(crate) async fn expire(&self) -> anyhow::Result<()> {
        self.mock.expire_access_tokens();
        self.raw.run("UPDATE user_integrations SET access_expires_ms = access_expires_ms - 7200000").await
    }

    /// A host to be.
    pub(crate) async fn builder(&self, stand: Stand) -> anyhow::Result<Builder> {
        let builder = builder(self.database, &self.mock, &self.keys, self.replay, stand).await?;
        Ok(builder.timings(self.timings))
    }

    /// Another host.
    pub(crate) async fn host(&self) -> anyhow::Result<Bailee> {
        Ok(self.builder(Stand::nowhere()).await?.build()?)
    }

    /// Another host, whose first refresh stands still at this step.
    pub(crate) async fn host_standing(&self, step: Step) -> anyhow::Result<(Bailee, Halt)> {
        let (stand, halt) = Stand::new(Some(step));
        Ok((self.builder(stand).await?.build()?, halt))
    }

    pub(crate) fn caller(&self, bailee: &Bailee) -> Caller {
        let (bailee, owner) = (bailee.clone(), self.owner.clone());
        tokio::spawn(async move { bailee.token(&owner, "google").await })
    }

    /// A caller in another host, whose refresh the provider has carried out and does not answer before the gate opens.
    pub(crate) async fn refresh_in_flight(&self) -> anyhow::Result<(Gate, Caller)> {
        let gate = Gate::new();
        self.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
        let caller = self.caller(&self.host().await?);
        gate.until_waiting(1).await;
        Ok((gate, caller))
    }

    /// What so many callers of another host are answered.
    pub(crate) async fn ask(&self, callers: u32) -> anyhow::Result<Answers> {
        ask(&self.host().await?, USER, callers).await
    }

    /// Everybody has a token that lives.
    pub(crate) fn ensure_live(&self, answers: &Answers) -> anyhow::Result<()> {
        ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
        ensure!(answers.tokens.iter().all(|token| self.mock.is_live(token)), "a dead token was handed out");
        Ok(())
    }

    pub(crate) fn is_live(&self, live: &Live) -> bool {
        self.mock.is_live(live.token().expose_secret())
    }

    /// So many refreshes arrived at the provider, and never two at once.
    pub(crate) fn ensure_refreshes(&self, expected: usize) -> anyhow::Result<()> {
        let refreshes = self.mock.count("/token", Some("refresh_token"));
        ensure!(refreshes == expected, "{refreshes} refreshes");
        let most = self.mock.max_in_flight("/token");
        ensure!(most <= 1, "{most} refreshes at once");
        Ok(())
    }

    /// The refresh token that the newest refresh presented.
    pub(crate) fn presented(&self) -> anyhow::Result<String> {
        let requests = self.mock.requests();
        let newest = requests.iter().rev().find_map(|request| request.form("refresh_token"));
        newest.map(str::to_owned).context("nothing was refreshed")
    }

    /// A number of the row.
    pub(crate) async fn column(&self, column: &str) -> anyhow::Result<i64> {
        self.raw.count(&format!("SELECT {column} FROM user_integrations")).await
    }

    /// Nobody declared the grant dead, not even for a moment: both that and its revival are versions.
    pub(crate) async fn ensure_never_dead(&self) -> anyhow::Result<()> {
        let connected = "COUNT(CASE WHEN lifecycle = 'connected' AND status = 'Valid' THEN 1 END)";
        ensure!(self.column(connected).await? == 1, "the row is not connected");
        ensure!(self.column("version").await? == 1, "the grant was declared dead");
        Ok(())
    }

    /// Ends the lease by the database's clock, as time would.
    pub(crate) async fn lapse(&self) -> anyhow::Result<()> {
        let ended = self.raw.clock().await? - 1;
        let lapse = format!("UPDATE user_integrations SET lease_until_ms = {ended}");
        self.raw.run(&format!("{lapse} WHERE lease_until_ms > {ended}")).await
    }
}

async fn builder(
    database: &TestDatabase,
    mock: &MockGoogle,
    keys: &KeyRing,
    replay: Replay,
    stand: Stand,
) -> anyhow::Result<Builder> {
    let rotation = match replay {
        Replay::Static => Rotation::Static,
        Replay::Grace => Rotation::Grace(Duration::from_mins(1)),
        Replay::Strict => Rotation::Strict,
    };
    let store = database.store().await?;
    Ok(Bailee::builder(store.clone(), keys.clone())
        .credential_store(StandingStore::new(store, stand.clone()))
        .base_url("https://backend.example".parse()?)
        .provider(Rotating::new(google(mock)?, rotation, stand)))
}
