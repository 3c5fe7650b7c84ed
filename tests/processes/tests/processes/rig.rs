use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use bailee_core::{ExposeSecret as _, Owner};
use bailee_engine::Bailee;
use bailee_testkit::{MockGoogle, connected, mock_google::Rotation, mock_provider::Gate};
use bailee_vault::{KeyRing, RingEntropy};
use futures_util::future::try_join_all;
use process_tests::{Answers, Orders, Pace, Replay, Stand, ask};
use test_support::{Engine, Raw, TestDatabase};
use tokio::time::timeout;

/// Whose row is refreshed.
pub(crate) const USER: &str = "u1";

/// What has not happened within this never will.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The holder's lease and a little; a caller waits for twenty seconds.
const HEALED_MS: u64 = 15_000;

/// Runs a test on a fresh database of each engine that several processes can open, on all of them at once: such a test
/// waits more than it works.
#[expect(clippy::future_not_send, reason = "a test is awaited where it was begun")]
pub(crate) async fn on_each_at_once(
    test: impl AsyncFn(&TestDatabase) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let each = Engine::SHARED.iter().map(async |engine| match engine.fresh().await? {
        Some(database) => test(&database).await.with_context(|| format!("on {engine}")),
        None => Ok(()),
    });
    try_join_all(each).await.map(drop)
}

/// Waits until the provider holds a request there.
pub(crate) async fn until_held(gate: &Gate) -> anyhow::Result<()> {
    timeout(PATIENCE, gate.until_waiting(1)).await.context("no request came")
}

/// A provider, a database, and this process as one of its hosts.
pub(crate) struct Rig {
    pub(crate) mock: MockGoogle,
    pub(crate) raw: Raw,
    pub(crate) keys: String,
    /// For the processes to be started.
    pub(crate) orders: Orders,
    /// This process.
    pub(crate) bailee: Bailee,
}

impl Rig {
    /// With an access token of [`USER`] that has expired, where a second use of its refresh token does this.
    pub(crate) async fn new(database: &TestDatabase, replay: Replay, pace: Pace) -> anyhow::Result<Self> {
        let rotation = match replay {
            Replay::Static => Rotation::Off,
            Replay::Grace => Rotation::Grace(1),
            Replay::Strict => Rotation::Strict,
        };
        let mock = MockGoogle::builder().rotation(rotation).start().await?;
        let (keys, text) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let orders = Orders {
            database: database.url().to_owned(),
            pool: 4,
            provider: mock.url().clone(),
            replay,
            pace,
            stand: None,
            telling: None,
            background: false,
        };
        database.store().await?;
        let bailee = orders.host(keys, Stand::nowhere()).await?;
        let raw = Raw::open(database).await?;
        let rig = Self { mock, raw, keys: text.expose_secret().to_owned(), orders, bailee };
        rig.connect(USER).await?;
        rig.mock.expire_access_tokens();
        rig.raw.run("UPDATE user_integrations SET access_expires_ms = access_expires_ms - 7200000").await?;
        rig.mock.clear_requests();
        Ok(rig)
    }

    pub(crate) async fn connect(&self, user: &str) -> anyhow::Result<()> {
        let connected = connected(&self.bailee, &self.mock, &Owner::user(user)?, "google").await;
        connected.map(drop).map_err(anyhow::Error::from_boxed)
    }

    /// How many refreshes arrived at the provider.
    pub(crate) fn refreshes(&self) -> usize {
        self.mock.count("/token", Some("refresh_token"))
    }

    /// A number of the row of [`USER`].
    pub(crate) async fn column(&self, column: &str) -> anyhow::Result<i64> {
        self.raw.count(&format!("SELECT {column} FROM user_integrations WHERE user_id = '{USER}'")).await
    }

    /// What this process, as the next one that wants the token, is answered.
    pub(crate) async fn next_host(&self) -> anyhow::Result<Answers> {
        let answers = ask(&self.bailee, USER, 1).await?;
        ensure!(
            answers.took_ms < HEALED_MS,
            "the lease of a holder that was gone cost {} ms",
            answers.took_ms
        );
        Ok(answers)
    }

    /// The live token that this process gets.
    pub(crate) async fn next_token(&self) -> anyhow::Result<String> {
        let mut answers = self.next_host().await?;
        self.ensure_live(&answers, 1)?;
        answers.tokens.pop().context("no token")
    }

    /// So many callers, and each of them has a live token.
    pub(crate) fn ensure_live(&self, answers: &Answers, callers: usize) -> anyhow::Result<()> {
        ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
        ensure!(answers.tokens.len() == callers, "{} tokens", answers.tokens.len());
        ensure!(answers.tokens.iter().all(|token| self.mock.is_live(token)), "a dead token was handed out");
        Ok(())
    }

    /// The provider never had two refreshes at once.
    pub(crate) fn ensure_one_at_a_time(&self) -> anyhow::Result<()> {
        let most = self.mock.max_in_flight("/token");
        ensure!(most <= 1, "{most} refreshes at once");
        Ok(())
    }
}
