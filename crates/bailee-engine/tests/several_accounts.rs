//! One call over several accounts, of which the provider refuses some.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{
    Account, AccountId, Caller, Capabilities, Cardinality, ClientId, ClientRegistration, ConnectKind,
    Credential, Effect, ExposeSecret as _, IntegrationId, IntegrationStore as _, OAuthScopes, Owner,
    Provider, ProviderDescriptor, ProviderError, ProviderKey, Refresh, RefreshMode, Renewal, RevocationReach,
    Rotation, Scope, ScopeSets, SealContext, SealPurpose, SecretString, Status, StatusReason, Tool, ToolCall,
    ToolHints, ToolName, ToolOutput, Vault as _,
    store::{Connection, NewIntegration},
};
use bailee_engine::Bailee;
use bailee_testkit::{GlassVault, MemoryStore, MockClock};
use serde_json::{Value, json};

/// Tells of each account whether its token is taken. A refresh appends a letter to the token.
#[derive(Clone, Debug)]
struct Choir {
    descriptor: Arc<ProviderDescriptor>,
    registrations: Vec<ClientRegistration>,
    tools: Vec<Tool>,
    refused: Arc<Mutex<BTreeSet<String>>>,
    calls: Arc<Mutex<usize>>,
}

impl Choir {
    fn new(effect: Effect) -> anyhow::Result<Self> {
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new("choir")?,
            name: "Choir",
            description: "Connect a choir",
            account_url: None,
            aliases: Vec::new(),
            definitions: Vec::new(),
            connect: ConnectKind::OAuth,
            form: None,
            widget: None,
            settings: None,
            cardinality: Cardinality::Many,
            capabilities: Capabilities::REFRESH,
            requested: OAuthScopes::default(),
            reading: OAuthScopes::default(),
            refresh: RefreshMode::Lazy,
            rotation: Rotation::Static,
            revocation: RevocationReach::Grant,
            issuer: None,
            token_hosts: Vec::new(),
        };
        let tool = Tool {
            name: ToolName::new("sing")?,
            title: "Sing",
            description: "Sings.",
            effect,
            hints: ToolHints::default(),
            flag: None,
            needs_account: true,
            scopes: ScopeSets::default(),
            input_schema: json!({ "type": "object", "properties": {} }),
            output_schema: json!({ "type": "object" }),
        };
        let registration = ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret"));
        Ok(Self {
            descriptor: Arc::new(descriptor),
            registrations: vec![registration],
            tools: vec![tool],
            refused: Arc::default(),
            calls: Arc::default(),
        })
    }

    fn refused(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls came since the last question.
    fn calls(&self) -> usize {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Provider for Choir {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        &self.registrations
    }

    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        Ok(Renewal {
            access_token: format!("{}x", request.credential.access_token.expose_secret()).into(),
            refresh_token: None,
            extra: BTreeMap::new(),
            expires_in: Some(Duration::from_hours(1)),
            granted: None,
            surprises: Vec::new(),
        })
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        let refused = self.refused();
        let (dead, alive): (Vec<_>, Vec<_>) =
            call.accounts.iter().partition(|account| refused.contains(account.access_token.expose_secret()));
        let voices: Vec<&str> = alive.iter().map(|account| account.account.id.as_str()).collect();
        let output = ToolOutput::new(json!({ "voices": voices }));
        // An error that says nothing of the account is not taken for one.
        let output = call
            .accounts
            .iter()
            .fold(output, |it, one| it.with_rejected(one.integration, ProviderError::Denied));
        Ok(dead
            .iter()
            .fold(output, |it, one| it.with_rejected(one.integration, ProviderError::TokenRejected)))
    }
}

struct Host {
    choir: Choir,
    bailee: Bailee,
    owner: Owner,
}

/// A host with the accounts `a` and `b`, whose tokens are called like them.
async fn host(effect: Effect) -> anyhow::Result<Host> {
    let (clock, vault, choir) = (MockClock::new(), GlassVault::default(), Choir::new(effect)?);
    let store = MemoryStore::new(Arc::new(clock.clone()));
    let owner = Owner::user("u1")?;
    for (number, name) in [(1, "a"), (2, "b")] {
        store.insert(account(&vault, &owner, IntegrationId::from_parts(number, [0; 10]), name)?).await?;
    }
    let bailee = Bailee::builder(store, vault)
        .base_url("https://backend.example".parse()?)
        .clock(clock)
        .provider(choir.clone())
        .build()?;
    Ok(Host { choir, bailee, owner })
}

fn account(
    vault: &GlassVault,
    owner: &Owner,
    id: IntegrationId,
    name: &str,
) -> anyhow::Result<NewIntegration> {
    let provider = ProviderKey::new("choir")?;
    let credential =
        Credential::new(SecretString::from(name)).with_refresh_token("refresh".to_owned().into());
    let id_text = id.to_string();
    let context =
        SealContext { purpose: SealPurpose::OAuthTokens, owner, id: &id_text, provider: &provider, epoch: 1 };
    let connection = Connection {
        client: Some(ClientId::new("client")?),
        account: Account { id: AccountId::new(name)?, label: None },
        requested: OAuthScopes::default(),
        granted: None,
        sealed: vault.seal(&context, credential.to_plaintext().expose_secret())?,
        refreshable: true,
        expires_in: Some(Duration::from_hours(1)),
        announcement: None,
    };
    Ok(NewIntegration {
        id,
        owner: owner.clone(),
        provider,
        slot: name.to_owned(),
        connection,
        scope: Scope::All,
        bound_profile: None,
        config: serde_json::Map::new(),
    })
}

impl Host {
    fn refuse(&self, tokens: &[&str]) {
        *self.choir.refused() = tokens.iter().map(|token| (*token).to_owned()).collect();
    }

    async fn sing(&self, arguments: Value) -> anyhow::Result<Value> {
        let permit = self.bailee.authorize(&Caller::own(self.owner.clone(), "p1")?, "sing").await?;
        Ok(permit.call(arguments).await?.content)
    }

    async fn verdicts(&self) -> anyhow::Result<Vec<(Status, Option<StatusReason>)>> {
        let rows = self.bailee.integrations(&self.owner, None, 10).await?.items;
        Ok(rows.into_iter().map(|row| (row.status, row.status_reason)).collect())
    }
}

const VALID: (Status, Option<StatusReason>) = (Status::Valid, None);
const REJECTED: (Status, Option<StatusReason>) = (Status::Invalid, Some(StatusReason::Rejected));

#[tokio::test]
async fn a_token_that_a_refresh_mends_is_mended_and_the_call_repeated_once() -> anyhow::Result<()> {
    let host = host(Effect::Read).await?;
    host.refuse(&["b"]);
    assert_eq!(host.sing(json!({})).await?, json!({ "voices": ["a", "b"] }));
    assert_eq!(host.choir.calls(), 2);
    assert_eq!(host.verdicts().await?, [VALID, VALID]);
    assert_eq!(host.sing(json!({})).await?, json!({ "voices": ["a", "b"] }));
    assert_eq!(host.choir.calls(), 1, "the new token is kept");
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_refused_when_it_is_fresh_ends_its_account_and_no_other() -> anyhow::Result<()> {
    let host = host(Effect::Read).await?;
    host.refuse(&["b", "bx"]);
    assert_eq!(host.sing(json!({})).await?, json!({ "voices": ["a"] }));
    assert_eq!(host.choir.calls(), 2, "there is no loop");
    assert_eq!(host.verdicts().await?, [VALID, REJECTED]);
    assert_eq!(host.sing(json!({})).await?, json!({ "voices": ["a"] }));
    assert_eq!(host.choir.calls(), 1, "the dead one is not asked");
    Ok(())
}

#[tokio::test]
async fn what_wrote_for_an_account_is_not_repeated() -> anyhow::Result<()> {
    let host = host(Effect::Write).await?;
    host.refuse(&["b"]);
    let b = IntegrationId::from_parts(2, [0; 10]).to_string();
    assert_eq!(host.sing(json!({ "integration_id": b })).await?, json!({ "voices": [] }));
    assert_eq!(host.choir.calls(), 1);
    Ok(())
}
