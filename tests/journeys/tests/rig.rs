use std::{sync::Arc, time::Duration};

use bailee_core::{Integration, Owner, Provider};
use bailee_engine::{Bailee, Builder, Live, Timings, TokenError};
use bailee_testkit::{
    MemoryStore, MockClock, MockGoogle, connected,
    mock_provider::{Endpoint, Fault, Gate},
    suite::SuiteError,
};
use bailee_vault::KeyRing;
use test_support::{google, key_ring};
use tokio::task::JoinHandle;
use url::Url;

/// A host over a memory store whose clock the test moves. The host's own waits are real and short.
pub(crate) struct Rig {
    pub(crate) mock: MockGoogle,
    pub(crate) clock: MockClock,
    pub(crate) store: MemoryStore,
    pub(crate) keys: KeyRing,
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
}

impl Rig {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        Self::with(|builder| builder).await
    }

    /// A host whose own waits are those of the test too.
    pub(crate) async fn in_one_time() -> anyhow::Result<Self> {
        Self::timed(|builder, clock| builder.clock(clock.clone())).await
    }

    pub(crate) async fn with(set_up: impl FnOnce(Builder) -> Builder) -> anyhow::Result<Self> {
        Self::timed(|builder, _| set_up(builder)).await
    }

    async fn timed(set_up: impl FnOnce(Builder, &MockClock) -> Builder) -> anyhow::Result<Self> {
        let mock = MockGoogle::start().await?;
        let clock = MockClock::new();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let keys = key_ring()?;
        let builder = builder(&store, &keys)?.provider(google(&mock)?);
        let bailee = set_up(builder, &clock).build()?;
        Ok(Self { mock, clock, store, keys, bailee, owner: Owner::user("u1")? })
    }

    /// Another process of the same host, with other providers.
    pub(crate) fn process(&self, provider: impl Provider + 'static) -> anyhow::Result<Bailee> {
        Ok(builder(&self.store, &self.keys)?.provider(provider).build()?)
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Integration> {
        self.connect_as(&self.owner).await
    }

    pub(crate) async fn connect_as(&self, owner: &Owner) -> anyhow::Result<Integration> {
        ok(connected(&self.bailee, &self.mock, owner, "google").await)
    }

    /// Connects, and lets the access token expire.
    pub(crate) async fn expired(&self) -> anyhow::Result<Integration> {
        let integration = self.connect().await?;
        self.clock.advance(Duration::from_hours(2));
        self.mock.expire_access_tokens();
        self.mock.clear_requests();
        Ok(integration)
    }

    /// A caller whose refresh the provider has carried out and does not answer before the gate opens.
    pub(crate) async fn refresh_in_flight(&self) -> (Gate, JoinHandle<Result<Live, TokenError>>) {
        let gate = Gate::new();
        self.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
        let (bailee, owner) = (self.bailee.clone(), self.owner.clone());
        let caller = tokio::spawn(async move { bailee.token(&owner, "google").await });
        gate.until_waiting(1).await;
        (gate, caller)
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.mock.count("/token", Some("refresh_token"))
    }

    pub(crate) async fn only(&self) -> anyhow::Result<Integration> {
        let page = self.bailee.integrations(&self.owner, None, 10).await?;
        anyhow::ensure!(page.items.len() == 1, "{} integrations", page.items.len());
        page.items.into_iter().next().ok_or_else(|| anyhow::anyhow!("no integration"))
    }
}

fn builder(store: &MemoryStore, keys: &KeyRing) -> anyhow::Result<Builder> {
    let timings = Timings::default()
        .with_request(Duration::from_secs(5))
        .with_persist(Duration::from_secs(1))
        .with_wait(Duration::from_secs(6))
        .with_settle(Duration::from_millis(20))
        .with_replay(Duration::from_millis(20))
        .with_poll(Duration::from_millis(5));
    Ok(Bailee::builder(store.clone(), keys.clone())
        .base_url("https://backend.example".parse()?)
        .timings(timings))
}

/// The error of a suite as one of `anyhow`.
pub(crate) fn ok<T>(result: Result<T, SuiteError>) -> anyhow::Result<T> {
    result.map_err(anyhow::Error::from_boxed)
}

pub(crate) fn query(url: &Url, wanted: &str) -> Option<String> {
    url.query_pairs().find_map(|(name, value)| (name == wanted).then(|| value.into_owned()))
}
