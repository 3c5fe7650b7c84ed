use std::{sync::Arc, time::Duration};

use axum::Router;
use bailee_core::{
    Actor, ClientId, ClientRegistration, Clock, Integration, Owner, PermissionFlag, Scope, Session, ThreadId,
    ThreadPermissions, Transport, store::IntegrationChange,
};
use bailee_engine::{Bailee, Builder, SystemClock, Timings};
use bailee_mcp::Identify;
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::{
    GlassVault, MemoryStore, MockClock, MockGoogle, connected,
    mock_google::{CLIENT_ID, CLIENT_SECRET},
    returned,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use crate::{Directory, Names};

/// A host on a port of this machine: users with accounts at a mock, over a memory store and a clock that stands still.
#[derive(Debug)]
pub struct Rig {
    /// The provider.
    pub mock: MockGoogle,
    /// The time of everything in the host, where it does not pass by itself.
    pub clock: MockClock,
    /// What it keeps.
    pub store: MemoryStore,
    /// Its profiles and threads.
    pub directory: Directory,
    /// The engine.
    pub bailee: Bailee,
    /// Where it is reached.
    pub base: Url,
    /// All routes, for requests that need no connection.
    pub app: Router,
}

impl Rig {
    /// A host whose agents are [`Names`].
    ///
    /// # Errors
    /// When it cannot be built.
    pub async fn new() -> anyhow::Result<Self> {
        Self::with(|_| Names).await
    }

    /// A host with another sign-in, which may need its address.
    ///
    /// # Errors
    /// When it cannot be built.
    pub async fn with<I>(identify: impl FnOnce(&Url) -> I + Send) -> anyhow::Result<Self>
    where
        I: Identify + 'static,
    {
        let clock = MockClock::new();
        Self::timed(clock.clone(), move || clock.clone(), identify).await
    }

    /// A host with another sign-in, whose time passes: for what waits a moment by itself.
    ///
    /// # Errors
    /// When it cannot be built.
    pub async fn in_real_time<I>(identify: impl FnOnce(&Url) -> I + Send) -> anyhow::Result<Self>
    where
        I: Identify + 'static,
    {
        Self::timed(MockClock::new(), SystemClock::new, identify).await
    }

    async fn timed<I, C>(
        clock: MockClock,
        time: impl Fn() -> C + Send,
        identify: impl FnOnce(&Url) -> I + Send,
    ) -> anyhow::Result<Self>
    where
        I: Identify + 'static,
        C: Clock + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base: Url = format!("http://{}", listener.local_addr()?).parse()?;
        let mock = MockGoogle::start().await?;
        let store = MemoryStore::new(Arc::new(time()));
        let directory = Directory::default();
        let bailee = engine(&base, &store, time(), &mock)?
            .profiles(directory.clone())
            .threads(directory.clone())
            .build()?;
        let app = bailee_mcp::router("/mcp", &bailee, identify(&base));
        let serving = app.clone();
        tokio::spawn(async move { axum::serve(listener, serving).await });
        Ok(Self { mock, clock, store, directory, bailee, base, app })
    }

    /// A second process of the same host: another engine over the same store.
    ///
    /// # Errors
    /// When it cannot be built.
    pub fn second(&self) -> anyhow::Result<Bailee> {
        Ok(engine(&self.base, &self.store, self.clock.clone(), &self.mock)?.build()?)
    }

    /// The user connects their account.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn connect(&self, user: &str) -> anyhow::Result<Integration> {
        let integration = connected(&self.bailee, &self.mock, &Owner::user(user)?, "google").await;
        self.mock.clear_requests();
        integration.map_err(anyhow::Error::from_boxed)
    }

    /// The user opens the page of an agent's request and goes through with it.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn follow(&self, user: &str, page: &str) -> anyhow::Result<()> {
        let owner = Owner::user(user)?;
        let id = page.rsplit('/').next().unwrap_or_default();
        let nonce = self.bailee.nonce()?;
        let link = self.bailee.accept_connect_request(&owner, id, nonce.clone()).await?;
        let back = self.mock.approve(&link.url)?;
        self.bailee.arrived(returned("google", &back), Some(&person(&owner)), Some(&nonce)).await?;
        self.mock.clear_requests();
        Ok(())
    }

    /// The owner allows what these flags say in a thread, and nothing else.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn allow(&self, user: &str, flags: &[PermissionFlag]) -> anyhow::Result<()> {
        let owner = Owner::user(user)?;
        let permissions: ThreadPermissions = flags.iter().copied().collect();
        let thread = ThreadId::new(format!("{user}_t"))?;
        self.bailee.set_thread_permissions(&person(&owner), &thread, permissions, None).await?;
        Ok(())
    }

    /// The owner turns an account on or off.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn enable(&self, row: &Integration, enabled: bool) -> anyhow::Result<()> {
        let change = IntegrationChange { enabled: Some(enabled), ..IntegrationChange::default() };
        self.bailee.update(&person(&row.owner), row.id, None, change).await?;
        Ok(())
    }

    /// The owner grants an account to one profile, or to all.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn grant(&self, row: &Integration, scope: Scope) -> anyhow::Result<()> {
        let change = IntegrationChange { scope: Some(scope), ..IntegrationChange::default() };
        self.bailee.update(&person(&row.owner), row.id, None, change).await?;
        Ok(())
    }
}

/// A host over this store, at this address, that talks to this mock.
///
/// # Errors
/// When one of the parts refuses its settings.
pub fn engine(
    base: &Url,
    store: &MemoryStore,
    clock: impl Clock + 'static,
    mock: &MockGoogle,
) -> anyhow::Result<Builder> {
    let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
    let google = Google::new(registration)?
        .with_tools(["create_event", "list_events", "delete_event", "list_calendar_events"])?
        .with_endpoints(GoogleEndpoints::at(mock.url())?)
        .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
    let timings = Timings::default()
        .with_request(Duration::from_secs(5))
        .with_persist(Duration::from_secs(1))
        .with_wait(Duration::from_secs(6));
    Ok(Bailee::builder(store.clone(), GlassVault::default())
        .base_url(base.clone())
        .clock(clock)
        .timings(timings)
        .profiles(Directory::default())
        .threads(Directory::default())
        .provider(google))
}

fn person(owner: &Owner) -> Session {
    Session { owner: owner.clone(), actor: Actor::Human, transport: Transport::Cookie }
}

/// Arguments of `create_event`.
#[must_use]
pub fn tea() -> Value {
    json!({ "summary": "Tea", "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" })
}
