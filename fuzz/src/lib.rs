//! What the targets share: one runtime, and one host over memory with an account at a mock.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
};
use bailee_core::{
    Actor, Caller, ClientId, ClientRegistration, OrganizationId, Owner, Session, Transport,
};
use bailee_engine::{Bailee, Limits, SystemClock};
use bailee_http::{Authenticate, AuthenticateError};
use bailee_mcp::{Identify, IdentifyError, Identity};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::{
    GlassVault, MemoryStore, MockGoogle, connected,
    mock_google::{CLIENT_ID, CLIENT_SECRET},
};
use http::{Request, StatusCode, request::Parts};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// Where everything that waits is waited for.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// One host for all inputs of a run.
pub static HOST: LazyLock<Host> = LazyLock::new(|| RUNTIME.block_on(Host::new()).expect("a host"));

/// A host with one user, whose account is connected, and whose every request is signed in.
pub struct Host {
    pub bailee: Bailee,
    pub caller: Caller,
    pub mock: MockGoogle,
    http: Router,
    mcp: Router,
}

impl Host {
    async fn new() -> anyhow::Result<Self> {
        let clock = SystemClock::new();
        let mock = MockGoogle::start().await?;
        let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
        let google = Google::new(registration)?
            .with_endpoints(GoogleEndpoints::at(mock.url())?)
            .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
        let bailee = Bailee::builder(MemoryStore::new(Arc::new(clock)), GlassVault::default())
            .base_url("https://host.example".parse()?)
            .clock(clock)
            // A fuzzer asks for more than a user would.
            .limits(Limits {
                connects_per_minute: u32::MAX,
                tool_calls_per_minute: u32::MAX,
                ..Limits::default()
            })
            .provider(google)
            .build()?;
        let ada = Owner::user("ada")?;
        connected(&bailee, &mock, &ada, "google").await.map_err(anyhow::Error::from_boxed)?;
        Ok(Self {
            caller: Caller::own(ada, "assistant")?,
            http: bailee_http::router(&bailee, Ada),
            mcp: bailee_mcp::router("/mcp", &bailee, Ada),
            bailee,
            mock,
        })
    }

    /// What the routes for people and providers answer. A fault of ours ends the run.
    pub fn http(&self, request: Request<Body>) -> (StatusCode, Bytes) {
        answer(&self.http, request)
    }

    /// As [`Host::http`], at the agents' door.
    pub fn mcp(&self, request: Request<Body>) -> (StatusCode, Bytes) {
        answer(&self.mcp, request)
    }
}

fn answer(router: &Router, request: Request<Body>) -> (StatusCode, Bytes) {
    RUNTIME.block_on(async {
        let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = response.status();
        assert!(!status.is_server_error(), "a fault of ours: {status}");
        let body = to_bytes(response.into_body(), 16 << 20).await.expect("a body that ends");
        (status, body)
    })
}

#[derive(Debug)]
struct Ada;

#[async_trait]
impl Authenticate for Ada {
    async fn session(&self, _: &Parts) -> Result<Session, AuthenticateError> {
        let owner = Owner::user("ada").map_err(|_| AuthenticateError::Unavailable)?;
        Ok(Session { owner, actor: Actor::Human, transport: Transport::Cookie })
    }

    async fn may_act_in(&self, _: &Parts, _: &Session, _: &OrganizationId) -> Result<bool, AuthenticateError> {
        Ok(false)
    }
}

#[async_trait]
impl Identify for Ada {
    async fn identify(&self, _: &Bailee, _: &Parts) -> Result<Identity, IdentifyError> {
        Ok(Identity::new(HOST.caller.clone()))
    }
}
