use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{
    Account, AccountId, Begin, Begun, Capabilities, Cardinality, ClientId, ClientRegistration, ConnectKind,
    Credential, Effect, Exchange, ExposeSecret as _, Grant, OAuthScopes, Provider, ProviderDescriptor,
    ProviderError, ProviderKey, Refresh, RefreshMode, Renewal, RevocationReach, Rotation, ScopeSets,
    SecretString, Tool, ToolCall, ToolHints, ToolName, ToolOutput,
};
use serde_json::json;
use tokio::sync::watch;

/// How long its tokens live.
pub(crate) const LIFETIME: Duration = Duration::from_hours(1);

/// How a provider takes what it is asked.
#[derive(Clone, Debug)]
pub(crate) enum Mood {
    /// Every request gets this.
    Fails(ProviderError),
    /// No request is answered, until the mood is another one.
    Hangs,
    Works,
}

/// A provider whose moods the test decides. Clones are the same one.
#[derive(Clone, Debug)]
pub(crate) struct Moody {
    descriptor: Arc<ProviderDescriptor>,
    registrations: Arc<[ClientRegistration]>,
    tools: Arc<[Tool]>,
    mood: Arc<watch::Sender<Mood>>,
    /// How many requests more are taken before all are too many.
    left: Arc<watch::Sender<usize>>,
    /// What the next requests get, whatever the mood.
    next: Arc<Mutex<VecDeque<ProviderError>>>,
    seen: Arc<watch::Sender<Seen>>,
}

/// What arrived.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) all: usize,
    pub(crate) now: usize,
    pub(crate) most: usize,
    /// Those that were too many.
    pub(crate) refused: usize,
}

impl Moody {
    pub(crate) fn new(key: &str) -> anyhow::Result<Self> {
        let descriptor = ProviderDescriptor {
            key: ProviderKey::new(key)?,
            name: "Moody",
            description: "Connect Moody",
            account_url: None,
            aliases: Vec::new(),
            definitions: Vec::new(),
            connect: ConnectKind::OAuth,
            form: None,
            widget: None,
            settings: None,
            cardinality: Cardinality::One,
            capabilities: Capabilities::REFRESH,
            requested: OAuthScopes::default(),
            reading: OAuthScopes::default(),
            refresh: RefreshMode::Ahead,
            // A lost answer is not replayed: one refresh is one request.
            rotation: Rotation::Strict,
            revocation: RevocationReach::Grant,
            issuer: None,
            token_hosts: Vec::new(),
        };
        let registration = ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret"));
        let tools = [("read", Effect::Read), ("write", Effect::Write)];
        let tools: Vec<Tool> = tools
            .map(|(verb, effect)| tool(&format!("{verb}_{key}"), effect))
            .into_iter()
            .collect::<Result<_, _>>()?;
        Ok(Self {
            descriptor: Arc::new(descriptor),
            registrations: [registration].into(),
            tools: tools.into(),
            mood: Arc::new(watch::Sender::new(Mood::Works)),
            left: Arc::new(watch::Sender::new(usize::MAX)),
            next: Arc::default(),
            seen: Arc::default(),
        })
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// From now on so many requests are taken, and those after them are told to come again in a second.
    pub(crate) fn limit(&self, requests: usize) {
        self.left.send_replace(requests);
    }

    /// What the next requests get, one after the other.
    pub(crate) fn fail_next(&self, errors: impl IntoIterator<Item = ProviderError>) {
        self.next().extend(errors);
    }

    pub(crate) fn seen(&self) -> Seen {
        *self.seen.borrow()
    }

    /// Waits until so many requests are under way.
    pub(crate) async fn until_asked(&self, now: usize) {
        // The sender lives as long as `self`.
        let _ = self.seen.subscribe().wait_for(|seen| seen.now == now).await;
    }

    fn next(&self) -> MutexGuard<'_, VecDeque<ProviderError>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self) -> Result<(), ProviderError> {
        let _asked = Asked::new(&self.seen);
        // Each request takes a turn of the others at least.
        tokio::task::yield_now().await;
        if let Some(error) = self.next().pop_front() {
            return Err(error);
        }
        if !self.left.send_if_modified(|left| std::mem::replace(left, left.saturating_sub(1)) > 0) {
            self.seen.send_modify(|seen| seen.refused += 1);
            return Err(ProviderError::RateLimited { retry_after: Some(Duration::from_secs(1)) });
        }
        let mut mood = self.mood.subscribe();
        let mood = mood.wait_for(|mood| !matches!(mood, Mood::Hangs)).await;
        match mood.as_deref() {
            Ok(Mood::Fails(error)) => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

fn tool(name: &str, effect: Effect) -> anyhow::Result<Tool> {
    Ok(Tool {
        name: ToolName::new(name)?,
        title: "Tool",
        description: "Does something.",
        effect,
        hints: ToolHints::default(),
        flag: None,
        needs_account: true,
        scopes: ScopeSets::default(),
        input_schema: json!({ "type": "object", "properties": {} }),
        output_schema: json!({ "type": "object" }),
    })
}

/// One request; it has left when it is dropped.
struct Asked<'a>(&'a watch::Sender<Seen>);

impl<'a> Asked<'a> {
    fn new(seen: &'a watch::Sender<Seen>) -> Self {
        seen.send_modify(|seen| {
            seen.all += 1;
            seen.now += 1;
            seen.most = seen.most.max(seen.now);
        });
        Self(seen)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|seen| seen.now -= 1);
    }
}

#[async_trait]
impl Provider for Moody {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        &self.registrations
    }

    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    async fn begin<'a>(&self, request: Begin<'a>) -> Result<Begun, ProviderError> {
        let mut url = request.redirect_uri.clone();
        url.query_pairs_mut().append_pair("state", request.state.expose_secret());
        Ok(Begun { url, requested: OAuthScopes::default() })
    }

    async fn exchange<'a>(&self, _: Exchange<'a>) -> Result<Grant, ProviderError> {
        self.answer().await?;
        let id = AccountId::new("connected").map_err(|_| ProviderError::Unsupported)?;
        Ok(Grant {
            credential: Credential::new(SecretString::from("token")),
            account: Account { id, label: None },
            expires_in: Some(LIFETIME),
            granted: None,
            config: serde_json::Map::new(),
        })
    }

    async fn refresh<'a>(&self, _: Refresh<'a>) -> Result<Renewal, ProviderError> {
        self.answer().await?;
        Ok(Renewal {
            access_token: SecretString::from("new"),
            refresh_token: None,
            extra: BTreeMap::new(),
            expires_in: Some(LIFETIME),
            granted: None,
            surprises: Vec::new(),
        })
    }

    async fn call<'a>(&self, _: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        self.answer().await?;
        Ok(ToolOutput::new(json!({})))
    }
}
