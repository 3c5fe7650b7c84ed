use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use bailee_core::{
    Account, ClientId, CredentialStore as _, ExposeSecret as _, IntegrationId, Lifecycle, OAuthScopes, Owner,
    Provider, ProviderError, Status, StatusReason, store::CredentialRow,
};
use bailee_engine::{Bailee, ConnectOptions, Error, Live, Timings, TokenError};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::GoogleEndpoints;
use bailee_testkit::{
    MemoryStore, MockClock, MockGoogle, connected,
    mock_provider::{Endpoint, Fault},
    returned,
};
use bailee_vault::KeyRing;
use hostile_tests::Server;
use test_support::{google, key_ring, person};
use url::Url;

/// How long the mock's access tokens live.
pub(crate) const LIFETIME: Duration = Duration::from_secs(3_599);

/// How a refresh against a misbehaving endpoint ends.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// What the caller learns once the old token has expired.
    pub(crate) error: TokenError,
    /// How many requests one attempt sends.
    pub(crate) sent: usize,
}

impl Refused {
    /// Nothing was learnt: later. The second failure in a row waits for twice the first backoff.
    pub(crate) const fn later() -> Self {
        let retry_after = Some(Duration::from_secs(2));
        Self { error: TokenError::Unavailable { retry_after }, sent: 1 }
    }

    /// The answer was lost: one replay, as Google's refresh tokens stay.
    pub(crate) const fn lost() -> Self {
        Self { error: TokenError::Unavailable { retry_after: None }, sent: 2 }
    }

    /// The registration, or the request, was refused.
    pub(crate) const fn config() -> Self {
        Self { error: TokenError::Config, sent: 1 }
    }
}

/// What a misbehaving endpoint must leave as it is.
#[derive(Debug, PartialEq)]
pub(crate) struct Kept {
    lifecycle: Lifecycle,
    status: Status,
    dead_reason: Option<StatusReason>,
    enabled: bool,
    refreshable: bool,
    secret_epoch: i64,
    sealed: Vec<u8>,
    access_expires_ms: Option<i64>,
    client: Option<ClientId>,
    account: Account,
    granted: Option<OAuthScopes>,
}

impl From<CredentialRow> for Kept {
    fn from(row: CredentialRow) -> Self {
        Self {
            lifecycle: row.lifecycle,
            status: row.status,
            dead_reason: row.dead_reason,
            enabled: row.enabled,
            refreshable: row.refreshable,
            secret_epoch: row.secret_epoch,
            sealed: row.sealed,
            access_expires_ms: row.access_expires_ms,
            client: row.client,
            account: row.account,
            granted: row.granted,
        }
    }
}

/// A host whose one user has connected an honest Google, over a store whose clock the test moves.
pub(crate) struct Rig {
    pub(crate) mock: MockGoogle,
    pub(crate) clock: MockClock,
    pub(crate) store: MemoryStore,
    keys: KeyRing,
    pub(crate) honest: Bailee,
    pub(crate) owner: Owner,
    pub(crate) id: IntegrationId,
}

/// A host before a token endpoint that misbehaves.
pub(crate) struct Evil<'a> {
    pub(crate) bailee: Bailee,
    endpoint: Misbehaving<'a>,
}

enum Misbehaving<'a> {
    /// The mock, as long as the fault is planted.
    Mock(&'a MockGoogle, Fault),
    Server(&'a Server),
}

impl Evil<'_> {
    pub(crate) fn begin(&self) {
        match &self.endpoint {
            Misbehaving::Mock(mock, fault) => {
                mock.clear_requests();
                mock.fault(Endpoint::Token, fault.clone());
            }
            Misbehaving::Server(server) => server.clear_requests(),
        }
    }

    pub(crate) fn end(&self) {
        if let Misbehaving::Mock(mock, _) = self.endpoint {
            mock.heal();
        }
    }

    pub(crate) fn count(&self, grant_type: &str) -> usize {
        match self.endpoint {
            Misbehaving::Mock(mock, _) => mock.count("/token", Some(grant_type)),
            Misbehaving::Server(server) => server.count(grant_type),
        }
    }
}

impl Rig {
    pub(crate) async fn new() -> Result<Self> {
        Self::over(MockGoogle::start().await?).await
    }

    pub(crate) async fn over(mock: MockGoogle) -> Result<Self> {
        let clock = MockClock::new();
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let keys = key_ring()?;
        let honest = process(&store, &keys, timings(), google(&mock)?)?;
        let owner = Owner::user("u1")?;
        let id = connected(&honest, &mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?.id;
        Ok(Self { mock, clock, store, keys, honest, owner, id })
    }

    /// The mock itself, with this fault for everybody.
    pub(crate) fn faulty(&self, fault: Fault) -> Evil<'_> {
        Evil { bailee: self.honest.clone(), endpoint: Misbehaving::Mock(&self.mock, fault) }
    }

    /// This server in place of the token endpoint; all else is the mock's.
    pub(crate) fn at<'a>(&self, server: &'a Server) -> Result<Evil<'a>> {
        self.at_with(server, &HttpOptions::default(), timings())
    }

    pub(crate) fn at_with<'a>(
        &self,
        server: &'a Server,
        options: &HttpOptions,
        timings: Timings,
    ) -> Result<Evil<'a>> {
        let endpoints =
            GoogleEndpoints { token: server.url().clone(), ..GoogleEndpoints::at(self.mock.url())? };
        let http = HttpClient::allow_loopback_http(options)?;
        let provider = google(&self.mock)?.with_endpoints(endpoints).with_http(http);
        Ok(Evil { bailee: self.process(timings, provider)?, endpoint: Misbehaving::Server(server) })
    }

    /// Another process of the same host.
    pub(crate) fn process(&self, timings: Timings, provider: impl Provider + 'static) -> Result<Bailee> {
        process(&self.store, &self.keys, timings, provider)
    }

    pub(crate) async fn row(&self) -> Result<CredentialRow> {
        self.store.read(self.id).await?.context("the row is gone")
    }

    pub(crate) async fn kept(&self) -> Result<Kept> {
        Ok(self.row().await?.into())
    }

    pub(crate) async fn token(&self, bailee: &Bailee) -> Result<Live, TokenError> {
        bailee.token(&self.owner, "google").await
    }

    /// Two attempts to refresh: one while the old token lives, which is served, and one after its expiry. Nothing of the
    /// row changes, and an honest refresh succeeds.
    pub(crate) async fn refresh_fails(&self, evil: &Evil<'_>, refused: &Refused) -> Result<()> {
        let (before, old) = (self.kept().await?, self.token(&self.honest).await?);
        evil.begin();
        self.clock.advance(LIFETIME.saturating_sub(Duration::from_secs(20)));
        let served = self.token(&evil.bailee).await?;
        ensure!(served.token().expose_secret() == old.token().expose_secret(), "another token was served");
        ensure!(evil.count("refresh_token") == refused.sent, "{}", evil.count("refresh_token"));
        ensure!(self.kept().await? == before, "the row changed while its token lived");
        self.clock.advance(Duration::from_hours(1));
        let error = self.token(&evil.bailee).await.err();
        ensure!(error.as_ref() == Some(&refused.error), "{error:?}");
        ensure!(evil.count("refresh_token") == 2 * refused.sent, "{}", evil.count("refresh_token"));
        ensure!(self.kept().await? == before, "the row changed after its token had expired");
        evil.end();
        self.heals(&before).await
    }

    /// The next honest refresh of the row succeeds, with the refresh token that was kept.
    pub(crate) async fn heals(&self, before: &Kept) -> Result<()> {
        self.clock.advance(Duration::from_mins(10));
        let live = self.token(&self.honest).await?;
        ensure!(self.mock.is_live(live.token().expose_secret()), "a dead token");
        let row = self.row().await?;
        ensure!(row.lifecycle == Lifecycle::Connected && row.secret_epoch > before.secret_epoch, "{row:?}");
        Ok(())
    }

    /// The exchange of a first connect and that of a reconnect: each is sent once and never again, nothing is kept, and
    /// the old row is as it was.
    pub(crate) async fn exchange_fails(&self, evil: &Evil<'_>, expected: &ProviderError) -> Result<()> {
        let (before, old) = (self.kept().await?, self.token(&self.honest).await?);
        let newcomer = Owner::user("u2")?;
        evil.begin();
        for (index, owner) in (1..).zip([&newcomer, &self.owner]) {
            let (callback, nonce) = self.approved(&evil.bailee, owner).await?;
            for again in [Error::Provider(expected.clone()), Error::LinkInvalid] {
                let (back, session) = (returned("google", &callback), person(owner.clone()));
                let refused = evil.bailee.arrived(back, Some(&session), Some(&nonce)).await.err();
                ensure!(refused.as_ref() == Some(&again), "{refused:?}");
                let sent = evil.count("authorization_code");
                ensure!(sent == index, "{sent} exchanges of {index} codes");
            }
        }
        evil.end();
        ensure!(self.kept().await? == before, "the row changed");
        let kept = self.token(&self.honest).await?;
        ensure!(kept.token().expose_secret() == old.token().expose_secret(), "the old token is gone");
        ensure!(self.honest.integrations(&newcomer, None, 10).await?.items.is_empty(), "something was kept");
        for owner in [&newcomer, &self.owner] {
            connected(&self.honest, &self.mock, owner, "google").await.map_err(anyhow::Error::from_boxed)?;
            let live = self.honest.token(owner, "google").await?;
            ensure!(self.mock.is_live(live.token().expose_secret()), "a dead token");
        }
        Ok(())
    }

    /// A connect up to its return: the address that the browser is sent to, and the browser's nonce.
    pub(crate) async fn approved(
        &self,
        bailee: &Bailee,
        owner: &Owner,
    ) -> Result<(Url, bailee_core::SecretString)> {
        let nonce = bailee.nonce()?;
        let link = bailee.connect(owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
        Ok((self.mock.approve(&link.url)?, nonce))
    }
}

/// Waits that are short, and a request that may take as long as a loaded machine needs.
pub(crate) fn timings() -> Timings {
    Timings::default()
        .with_settle(Duration::from_millis(20))
        .with_replay(Duration::from_millis(20))
        .with_poll(Duration::from_millis(5))
}

fn process(
    store: &MemoryStore,
    keys: &KeyRing,
    timings: Timings,
    provider: impl Provider + 'static,
) -> Result<Bailee> {
    Ok(Bailee::builder(store.clone(), keys.clone())
        .base_url("https://backend.example".parse()?)
        .timings(timings)
        .provider(provider)
        .build()?)
}

pub(crate) const fn malformed(problem: &'static str) -> ProviderError {
    ProviderError::Malformed { problem }
}

pub(crate) const DOWN: ProviderError = ProviderError::Unavailable { retry_after: None };
