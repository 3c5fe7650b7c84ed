//! One run of one flow: a host over a store that fails, before a provider that remembers.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use bailee_core::{
    Action, Actor, Caller, ClientId, ClientRegistration, Counterpart, DirectoryError, ExposeSecret as _,
    Integration, IntegrationId, LedgerRecord, Lifecycle, Outcome, Owner, Provider, Rotation, Session,
    ThreadDirectory, ThreadId, Transport,
    store::{LedgerFilter, Store},
};
use bailee_engine::{Bailee, Timings};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::{FaultPlan, FaultyStore, MockGoogle, connected_by, mock_google};
use bailee_vault::KeyRing;
use hostile_tests::Declared;
use url::Url;

use crate::{channel::Channel, ground::Ground};

/// How often a worker has its turn before everything must be done.
const TURNS: usize = 8;

/// No flow takes longer, whatever fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the provider may take over one request.
pub(crate) const REQUEST: Duration = Duration::from_secs(1);

/// Two accounts at the provider.
pub(crate) const ACCOUNTS: [&str; 2] = ["ada@example.test", "bob@example.test"];

pub(crate) struct Scene<'a> {
    pub(crate) ground: &'a Ground,
    pub(crate) plan: FaultPlan,
    /// Whether the store is gone for longer than one statement: then lines of the ledger are told to the log alone.
    pub(crate) outage: bool,
    /// The store, which never fails.
    pub(crate) truth: Arc<dyn Store>,
    pub(crate) mock: MockGoogle,
    pub(crate) channel: Channel,
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
}

impl<'a> Scene<'a> {
    pub(crate) async fn new(ground: &'a Ground, truth: Arc<dyn Store>) -> Result<Self> {
        let mock = provider().await?;
        let google = google_at(mock.url())?;
        Self::over(ground, (Arc::clone(&truth), truth), mock, Declared::rotating(google, Rotation::Strict))
    }

    /// With a way of its own to the store, which comes first, or to the provider.
    pub(crate) fn over(
        ground: &'a Ground,
        (store, truth): (Arc<dyn Store>, Arc<dyn Store>),
        mock: MockGoogle,
        google: impl Provider + 'static,
    ) -> Result<Self> {
        let (plan, channel) = (FaultPlan::default(), Channel::new()?);
        let store = FaultyStore::new(store, plan.clone());
        let bailee = host(store, ground.ring(false)?, google, &channel)?;
        Ok(Self { ground, plan, outage: false, truth, mock, channel, bailee, owner: Owner::user("u1")? })
    }

    /// Another process of the host, which seals with the newer key.
    pub(crate) fn rotated(&self) -> Result<Bailee> {
        let store = FaultyStore::new(Arc::clone(&self.truth), self.plan.clone());
        host(store, self.ground.ring(true)?, google_at(self.mock.url())?, &self.channel)
    }

    pub(crate) fn session(&self) -> Session {
        Session { owner: self.owner.clone(), actor: Actor::Human, transport: Transport::Cookie }
    }

    pub(crate) fn caller(&self) -> Result<Caller> {
        Ok(Caller::own(self.owner.clone(), "p1")?)
    }

    pub(crate) async fn connected(&self) -> Result<Integration> {
        let consent = |page: &Url| Ok(self.mock.approve(page)?);
        connected_by(&self.bailee, &self.owner, "google", consent).await.map_err(anyhow::Error::from_boxed)
    }

    /// Connects, and lets the access token expire.
    pub(crate) async fn expired(&self) -> Result<Integration> {
        let integration = self.connected().await?;
        self.ground.expire().await?;
        self.mock.expire_access_tokens();
        Ok(integration)
    }

    /// Waits until a row has a secret of its own lease. An outage is over by then.
    #[expect(clippy::disallowed_methods, reason = "polls a store")]
    pub(crate) async fn until_written(&self, id: IntegrationId, epoch: i64) -> Result<()> {
        if self.outage {
            self.plan.heal();
        }
        in_time(async {
            while self.truth.read(id).await?.context("the row is gone")?.secret_epoch <= epoch {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok(())
        })
        .await?
    }

    async fn lines(&self, action: Action) -> Result<Vec<LedgerRecord>> {
        let filter = LedgerFilter { action: Some(action), ..LedgerFilter::default() };
        Ok(self.truth.entries(&self.owner, &filter, None, 100).await?)
    }

    /// There are so many lines of an action, or of some outcome of it.
    pub(crate) async fn noted(&self, action: Action, outcome: Option<Outcome>, least: usize) -> Result<()> {
        let lines = self.lines(action).await?;
        let found = lines.iter().filter(|line| outcome.is_none_or(|outcome| line.outcome == outcome)).count();
        ensure!(found >= least || self.outage, "{found} lines of {action} in the ledger");
        Ok(())
    }

    /// All that goes on comes to its end, and the worker has turns until nothing is left to be done.
    pub(crate) async fn settle(&self) -> Result<()> {
        ensure!(self.bailee.start().shutdown(PATIENCE).await, "something goes on without an end");
        for _ in 0..TURNS {
            if self.ground.waiting().await? == 0 {
                break;
            }
            self.ground.later().await?;
            in_time(self.bailee.tick()).await??;
        }
        ensure!(self.ground.waiting().await? == 0, "the outbox never empties");
        ensure!(self.bailee.start().shutdown(PATIENCE).await, "something goes on without an end");
        Ok(())
    }

    /// What must be so at every moment of rest, whatever failed before.
    pub(crate) async fn sound(&self) -> Result<()> {
        self.bailee.verify().await.context("a record does not open")?;
        let rows = self.truth.list(&self.owner, None, 100).await?;
        for row in &rows {
            ensure!(row.lifecycle != Lifecycle::Disconnecting, "a row is never erased");
            ensure!(row.version >= 1, "version {}", row.version);
        }
        let known = |provider: &str| rows.iter().filter(|row| row.provider.as_str() == provider).count();
        if known("google") == 0 {
            ensure!(self.mock.live_grants() == 0, "a grant lives at the provider and no row has it");
        }
        ensure!(self.channel.accounts() == known("channel"), "accounts and rows of the channel differ");
        Ok(())
    }

    /// The row holds what the provider takes: its access token, and its refresh token too.
    pub(crate) async fn works(&self) -> Result<()> {
        self.ground.later().await?;
        let live = in_time(self.bailee.token(&self.owner, "google")).await??;
        ensure!(self.mock.is_live(live.token().expose_secret()), "the token is dead");
        self.ground.expire().await?;
        self.mock.expire_access_tokens();
        let live = in_time(self.bailee.token(&self.owner, "google")).await??;
        ensure!(self.mock.is_live(live.token().expose_secret()), "the refreshed token is dead");
        ensure!(self.mock.reuses() == 0, "an old refresh token was used");
        Ok(())
    }

    pub(crate) async fn only(&self) -> Result<Integration> {
        let rows = self.truth.list(&self.owner, None, 100).await?;
        ensure!(rows.len() == 1, "{} rows", rows.len());
        rows.into_iter().next().context("no row")
    }
}

/// A provider that takes each refresh token once, and knows two people.
pub(crate) async fn provider() -> Result<MockGoogle> {
    let builder = MockGoogle::builder().rotation(mock_google::Rotation::Strict);
    Ok(builder.with_account("1001", ACCOUNTS[0]).with_account("1002", ACCOUNTS[1]).start().await?)
}

/// The adapter, for a mock that is reached there.
pub(crate) fn google_at(address: &Url) -> Result<Google> {
    let client = ClientRegistration::new(
        ClientId::new(mock_google::CLIENT_ID)?,
        mock_google::CLIENT_SECRET.to_owned().into(),
    );
    Ok(Google::new(client)?
        .with_tools(["create_event", "list_events"])?
        .with_endpoints(GoogleEndpoints::at(address)?)
        .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?))
}

/// Nobody waits without an end.
pub(crate) async fn in_time<T>(call: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(PATIENCE, call).await.context("it hangs")
}

fn host(
    store: FaultyStore<dyn Store>,
    keys: KeyRing,
    google: impl Provider + 'static,
    channel: &Channel,
) -> Result<Bailee> {
    let timings = Timings::default()
        .with_request(REQUEST)
        .with_persist(Duration::from_millis(500))
        .with_lease(Duration::from_secs(5))
        .with_wait(Duration::from_secs(3))
        .with_settle(Duration::from_millis(5))
        .with_replay(Duration::from_millis(5))
        .with_poll(Duration::from_millis(5))
        .with_backoff(Duration::from_millis(5))
        .with_call(Duration::from_secs(3));
    Ok(Bailee::builder(store, keys)
        .base_url("https://backend.example".parse()?)
        .timings(timings)
        .threads(Threads)
        .provider(google)
        .provider(channel.clone())
        .build()?)
}

/// Every thread is the owner's.
#[derive(Debug)]
struct Threads;

#[async_trait]
impl ThreadDirectory for Threads {
    async fn owns(&self, _: &Owner, _: &ThreadId) -> Result<bool, DirectoryError> {
        Ok(true)
    }

    async fn counterpart(&self, _: &Owner, _: &ThreadId) -> Result<Option<Counterpart>, DirectoryError> {
        Ok(None)
    }
}
