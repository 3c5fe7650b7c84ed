use std::{sync::Arc, time::Duration};

use bailee_core::{
    Account, AccountId, Caller, ClientId, Clock as _, Credential, CredentialStore as _, ExposeSecret as _,
    IntegrationId, IntegrationStore as _, OAuthScopes, Owner, Provider as _, Scope, SealContext, SealPurpose,
    SecretString, ToolOutput, Vault as _,
    store::{Connection, CredentialRow, LeaseRequest, NewIntegration},
};
use bailee_engine::{Bailee, Limits, ToolError};
use bailee_testkit::{GlassVault, MemoryStore, MockClock, SeededEntropy};
use serde_json::json;

use crate::provider::Moody;

/// A host of two providers, in a time that stands still unless the test moves it.
pub(crate) struct Rig {
    pub(crate) clock: MockClock,
    pub(crate) bailee: Bailee,
    pub(crate) ill: Moody,
    pub(crate) well: Moody,
    store: MemoryStore,
    vault: GlassVault,
}

impl Rig {
    pub(crate) fn new() -> anyhow::Result<Self> {
        Self::with(Limits::default())
    }

    /// With other limits.
    pub(crate) fn with(limits: Limits) -> anyhow::Result<Self> {
        let (clock, vault) = (MockClock::new(), GlassVault::default());
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let (ill, well) = (Moody::new("ill")?, Moody::new("well")?);
        let bailee = Bailee::builder(store.clone(), vault.clone())
            .base_url("https://backend.example".parse()?)
            .clock(clock.clone())
            .limits(limits)
            .provider(ill.clone())
            .provider(well.clone())
            .build()?;
        Ok(Self { clock, bailee, ill, well, store, vault })
    }

    /// Another process of the host, with chances of its own.
    pub(crate) fn another(&self, seed: u64) -> anyhow::Result<Bailee> {
        Ok(Bailee::builder(self.store.clone(), self.vault.clone())
            .base_url("https://backend.example".parse()?)
            .clock(self.clock.clone())
            .entropy(SeededEntropy::new(seed))
            .provider(self.ill.clone())
            .build()?)
    }

    /// Users who connected this provider, and whose tokens live so much longer.
    pub(crate) async fn users(
        &self,
        provider: &Moody,
        count: u16,
        left: Duration,
    ) -> anyhow::Result<Vec<Owner>> {
        let mut owners = Vec::new();
        for number in 0..count {
            owners.push(self.user(provider, number, left).await?);
        }
        Ok(owners)
    }

    /// One more, of this number.
    pub(crate) async fn user(&self, provider: &Moody, number: u16, left: Duration) -> anyhow::Result<Owner> {
        let owner = Owner::user(format!("u{number}"))?;
        self.store.insert(self.row(provider, &owner, number, left)?).await?;
        Ok(owner)
    }

    fn row(
        &self,
        provider: &Moody,
        owner: &Owner,
        number: u16,
        left: Duration,
    ) -> anyhow::Result<NewIntegration> {
        let key = &provider.descriptor().key;
        let [high, low] = number.to_be_bytes();
        // The last byte spreads what falls due together.
        let id = IntegrationId::from_parts(
            u64::from(key.as_str().len() == 3),
            [high, low, 0, 0, 0, 0, 0, 0, high, low],
        );
        let credential =
            Credential::new(SecretString::from("old")).with_refresh_token(SecretString::from("refresh"));
        let context = SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner,
            id: &id.to_string(),
            provider: key,
            epoch: 1,
        };
        let connection = Connection {
            client: Some(ClientId::new("client")?),
            account: Account { id: AccountId::new(format!("a{number}"))?, label: None },
            requested: OAuthScopes::default(),
            granted: None,
            sealed: self.vault.seal(&context, credential.to_plaintext().expose_secret())?,
            refreshable: true,
            expires_in: Some(left),
            announcement: None,
        };
        Ok(NewIntegration {
            id,
            owner: owner.clone(),
            provider: key.clone(),
            slot: String::new(),
            connection,
            scope: Scope::All,
            bound_profile: None,
            config: serde_json::Map::new(),
        })
    }

    /// The row of a user.
    pub(crate) async fn credential(&self, owner: &Owner, provider: &str) -> anyhow::Result<CredentialRow> {
        let page = self.bailee.integrations(owner, None, 10).await?;
        let row = page.items.into_iter().find(|row| row.provider.as_str() == provider);
        let id = row.ok_or_else(|| anyhow::anyhow!("no row"))?.id;
        self.store.read(id).await?.ok_or_else(|| anyhow::anyhow!("no credential"))
    }

    /// Another process takes the row of a user for itself.
    pub(crate) async fn lease(&self, owner: &Owner, provider: &str) -> anyhow::Result<()> {
        let row = self.credential(owner, provider).await?;
        let request = LeaseRequest {
            secret_epoch: row.secret_epoch,
            lease_owner: [7; 16],
            duration: Duration::from_secs(45),
            longest: Duration::from_mins(3),
            lifecycle: row.lifecycle,
            ignore_gate: false,
        };
        anyhow::ensure!(self.store.acquire(row.id, request).await?, "the lease is taken");
        Ok(())
    }

    /// Calls a tool once, in a time that goes on while it waits.
    pub(crate) async fn call(
        &self,
        owner: &Owner,
        tool: &str,
    ) -> anyhow::Result<Result<ToolOutput, ToolError>> {
        let caller = Caller::own(owner.clone(), "p1")?;
        let permit = self.bailee.authorize(&caller, tool).await?;
        Ok(self.in_time(permit.call(json!({}))).await)
    }

    /// Lets the time go on until `work` is done.
    pub(crate) async fn in_time<T: Send>(&self, work: impl Future<Output = T> + Send) -> T {
        let ticking = async {
            loop {
                // Everything else has its turn first.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                self.clock.advance(Duration::from_millis(50));
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            never = ticking => never,
        }
    }

    /// The time of the host.
    pub(crate) fn now(&self) -> Duration {
        self.clock.monotonic()
    }

    /// Waits until nothing is under way.
    pub(crate) async fn until_idle(&self) {
        until_idle(&self.bailee).await;
    }
}

/// Waits until nothing is under way there.
pub(crate) async fn until_idle(bailee: &Bailee) {
    while bailee.gates().iter().any(|gate| gate.in_flight > 0) {
        tokio::task::yield_now().await;
    }
}
