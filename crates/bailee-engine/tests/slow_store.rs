//! A store that takes its time over one statement: what is counted from its answer must end early, never late.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{
    Account, AccountId, Begin, Begun, Capabilities, Cardinality, ClientId, ClientRegistration, Clock,
    ConnectKind, Credential, Exchange, ExposeSecret as _, Grant, IntegrationId, IntegrationStore as _,
    OAuthScopes, Owner, Provider, ProviderDescriptor, ProviderError, ProviderKey, Refresh, RefreshMode,
    Renewal, RevocationReach, Revoke, Rotation, Scope, SealContext, SealPurpose, SecretString, Tool,
    ToolCall, ToolOutput, Validate, Validation, Vault as _,
    store::{Connection, NewIntegration},
};
use bailee_engine::Bailee;
use bailee_testkit::{GlassVault, MemoryStore, MockClock};
use chrono::{DateTime, TimeDelta, Utc};

const LIFETIME: Duration = Duration::from_hours(1);

/// The store's clock, which every statement reads once. A statement may be slow.
#[derive(Clone, Debug)]
struct Statements {
    clock: MockClock,
    /// How many more until the slow one; negative: it is over.
    until_slow: Arc<AtomicI64>,
    slow: Duration,
}

#[async_trait]
impl Clock for Statements {
    fn now(&self) -> DateTime<Utc> {
        if self.until_slow.fetch_sub(1, Ordering::Relaxed) == 0 {
            self.clock.advance(self.slow);
        }
        self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

/// Renews whatever it is asked to, and does not know the newest secret of the registration yet: the request that
/// succeeds is the second one after the row was read.
#[derive(Clone, Debug)]
struct Renewing {
    descriptor: ProviderDescriptor,
    registrations: Vec<ClientRegistration>,
    refreshes: Arc<AtomicUsize>,
}

impl Renewing {
    fn new() -> anyhow::Result<Self> {
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new("example")?,
            name: "Example",
            description: "Connect Example",
            account_url: None,
            aliases: Vec::new(),
            definitions: Vec::new(),
            connect: ConnectKind::OAuth,
            form: None,
            widget: None,
            settings: None,
            cardinality: Cardinality::One,
            capabilities: Capabilities::empty(),
            requested: OAuthScopes::default(),
            reading: OAuthScopes::default(),
            refresh: RefreshMode::Lazy,
            rotation: Rotation::Static,
            revocation: RevocationReach::Grant,
            issuer: None,
            token_hosts: Vec::new(),
        };
        let mut registration =
            ClientRegistration::new(ClientId::new("client")?, SecretString::from("newest"));
        registration.secrets.push(SecretString::from("known"));
        Ok(Self { descriptor, registrations: vec![registration], refreshes: Arc::default() })
    }
}

#[async_trait]
impl Provider for Renewing {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        &self.registrations
    }

    fn tools(&self) -> &[Tool] {
        &[]
    }

    async fn begin<'a>(&self, _: Begin<'a>) -> Result<Begun, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn exchange<'a>(&self, _: Exchange<'a>) -> Result<Grant, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        self.refreshes.fetch_add(1, Ordering::Relaxed);
        if request.client.secret.is_none_or(|secret| secret.expose_secret() != "known") {
            return Err(ProviderError::Client);
        }
        Ok(Renewal {
            access_token: SecretString::from("new"),
            refresh_token: None,
            extra: BTreeMap::new(),
            expires_in: Some(LIFETIME),
            granted: None,
            surprises: Vec::new(),
        })
    }

    async fn validate<'a>(&self, _: Validate<'a>) -> Result<Validation, ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn revoke<'a>(&self, _: Revoke<'a>) -> Result<(), ProviderError> {
        Err(ProviderError::Unsupported)
    }

    async fn call<'a>(&self, _: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        Err(ProviderError::Unsupported)
    }
}

struct Host {
    bailee: Bailee,
    owner: Owner,
    clock: MockClock,
    refreshes: Arc<AtomicUsize>,
    until_slow: Arc<AtomicI64>,
}

/// A host with one expired row. The statement that reads the row under its lease is `slow`.
async fn host(slow: Duration) -> anyhow::Result<Host> {
    let (clock, vault, provider) = (MockClock::new(), GlassVault::default(), Renewing::new()?);
    let (owner, refreshes) = (Owner::user("u1")?, Arc::clone(&provider.refreshes));
    let until_slow = Arc::new(AtomicI64::new(-1));
    let statements = Statements { clock: clock.clone(), until_slow: Arc::clone(&until_slow), slow };
    let store = MemoryStore::new(Arc::new(statements));
    let (id, key) = (IntegrationId::from_parts(1, [0; 10]), ProviderKey::new("example")?);
    let mut credential = Credential::new(SecretString::from("old"));
    credential.refresh_token = Some(SecretString::from("refresh"));
    let context = SealContext {
        purpose: SealPurpose::OAuthTokens,
        owner: &owner,
        id: &id.to_string(),
        provider: &key,
        epoch: 1,
    };
    let connection = Connection {
        client: Some(ClientId::new("client")?),
        account: Account { id: AccountId::new("a")?, label: None },
        requested: OAuthScopes::default(),
        granted: None,
        sealed: vault.seal(&context, credential.to_plaintext().expose_secret())?,
        refreshable: true,
        expires_in: Some(Duration::ZERO),
        announcement: None,
    };
    let new = NewIntegration {
        id,
        owner: owner.clone(),
        provider: key.clone(),
        slot: String::new(),
        connection,
        scope: Scope::All,
        bound_profile: None,
        config: serde_json::Map::new(),
    };
    store.insert(new).await?;
    // The owner's rows are read first, then the lease is taken.
    until_slow.store(2, Ordering::Relaxed);
    let bailee = Bailee::builder(store, vault)
        .base_url("https://backend.example".parse()?)
        .clock(clock.clone())
        .provider(provider)
        .build()?;
    Ok(Host { bailee, owner, clock, refreshes, until_slow })
}

#[tokio::test]
async fn a_row_that_comes_after_the_time_to_send_sends_nothing() -> anyhow::Result<()> {
    let host = host(Duration::from_secs(26)).await?;
    let token = host.bailee.token(&host.owner, "example").await;
    assert!(host.until_slow.load(Ordering::Relaxed) < 0, "the slow statement came");
    assert!(token.is_err_and(|error| error.is_temporary()));
    assert_eq!(host.refreshes.load(Ordering::Relaxed), 0);
    Ok(())
}

#[tokio::test]
async fn a_row_that_comes_late_does_not_make_its_token_live_longer() -> anyhow::Result<()> {
    let host = host(Duration::from_secs(10)).await?;
    let live = host.bailee.token(&host.owner, "example").await?;
    assert_eq!(host.refreshes.load(Ordering::Relaxed), 2);
    assert_eq!(live.expires_at(), Some(host.clock.now() + TimeDelta::from_std(LIFETIME)?));
    Ok(())
}
