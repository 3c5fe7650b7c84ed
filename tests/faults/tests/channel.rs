//! A channel that is joined by a form, in this process.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bailee_core::{
    Account, AccountId, Capabilities, Cardinality, ConnectKind, Credential, Delivered, ExposeSecret as _,
    Grant, Join, Joined, Notify, OAuthScopes, Provider, ProviderDescriptor, ProviderError, ProviderKey,
    RefreshMode, RevocationReach, Revoke, Rotation, SecretString, Tool, ToolCall, ToolOutput,
};
use serde_json::{Map, json};

/// The one account there is.
pub(crate) const ADDRESS: &str = "pigeon-7";

/// Takes notifications, and remembers whose accounts are joined. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    descriptor: Arc<ProviderDescriptor>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    tokens: BTreeSet<String>,
    joined: usize,
    busy: bool,
    /// The ids of what was delivered.
    delivered: Vec<String>,
}

impl Channel {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new("channel")?,
            name: "Channel",
            description: "Connect a channel",
            account_url: None,
            aliases: Vec::new(),
            definitions: Vec::new(),
            connect: ConnectKind::Form,
            form: Some(json!({ "type": "object", "properties": { "name": { "type": "string" } } })),
            widget: None,
            settings: None,
            cardinality: Cardinality::One,
            capabilities: Capabilities::NOTIFY | Capabilities::REVOKE,
            requested: OAuthScopes::default(),
            reading: OAuthScopes::default(),
            refresh: RefreshMode::Lazy,
            rotation: Rotation::Static,
            revocation: RevocationReach::Grant,
            issuer: None,
            token_hosts: vec!["channel.example".to_owned()],
        };
        Ok(Self { descriptor: Arc::new(descriptor), state: Arc::default() })
    }

    /// How many accounts are joined.
    pub(crate) fn accounts(&self) -> usize {
        self.state().tokens.len()
    }

    /// What was delivered, by the ids of the notifications.
    pub(crate) fn delivered(&self) -> Vec<String> {
        self.state().delivered.clone()
    }

    /// Whether it takes nothing just now.
    pub(crate) fn set_busy(&self, busy: bool) {
        self.state().busy = busy;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Provider for Channel {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn tools(&self) -> &[Tool] {
        &[]
    }

    async fn join<'a>(&self, _: Join<'a>) -> Result<Joined, ProviderError> {
        let malformed = |_| ProviderError::Malformed { problem: "no account" };
        let account = Account { id: AccountId::new(ADDRESS).map_err(malformed)?, label: None };
        let mut state = self.state();
        state.joined += 1;
        let token = format!("channel-token-{}", state.joined);
        // One account has one token: what joins it again replaces it.
        state.tokens = BTreeSet::from([token.clone()]);
        let grant = Grant {
            credential: Credential::new(SecretString::from(token)),
            account,
            expires_in: None,
            granted: None,
            config: Map::new(),
        };
        Ok(Joined { grant, shown_once: None, link: None })
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        self.state().tokens.remove(request.credential.access_token.expose_secret());
        Ok(())
    }

    async fn notify<'a>(&self, notify: Notify<'a>) -> Result<Delivered, ProviderError> {
        let mut state = self.state();
        if state.busy {
            return Err(ProviderError::Unavailable { retry_after: None });
        }
        if !state.tokens.contains(notify.account.access_token.expose_secret()) {
            return Err(ProviderError::TokenRejected);
        }
        state.delivered.push(notify.id.to_string());
        Ok(Delivered { reference: None })
    }

    async fn call<'a>(&self, _: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        Err(ProviderError::Unsupported)
    }
}
