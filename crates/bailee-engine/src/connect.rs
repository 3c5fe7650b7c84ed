use std::fmt;

use bailee_core::{
    Action, Begin, BrowserProof, ConnectKind, ExposeSecret, Integration, IntegrationId, Lifecycle,
    OAuthScopes, Outcome, Owner, PendingFlow, Provider, ProviderError, ProviderKey, SealContext, SealPurpose,
    SecretString, Started, StoreError,
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Bailee, Error, InputProblem, Limit,
    builder::DEFAULT_RETURN_TARGET,
    engine::{Inner, unhex_32},
    journal::Line,
};

/// What begins a connect.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    provider: String,
    proof: Proof,
    return_to: Option<String>,
    integration: Option<IntegrationId>,
}

#[derive(Clone)]
enum Proof {
    Challenge(String),
    Nonce(SecretString),
}

/// The kind of proof only.
impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Challenge(_) => "Challenge(..)",
            Self::Nonce(_) => "Nonce(..)",
        })
    }
}

impl ConnectOptions {
    /// For a browser that keeps `nonce` in its `__Host-` cookie ([`Bailee::nonce`] makes one). Finishes at the API's
    /// own callback when the browser arrives there signed in, else on the page.
    #[must_use]
    pub fn with_nonce(provider: impl Into<String>, nonce: SecretString) -> Self {
        Self { provider: provider.into(), proof: Proof::Nonce(nonce), return_to: None, integration: None }
    }

    /// For a page that keeps a random verifier of 43 to 128 characters; `challenge` is its SHA-256 as 64 lower-case
    /// hexadecimal digits. Finishes on the page alone.
    #[must_use]
    pub fn with_challenge(provider: impl Into<String>, challenge: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            proof: Proof::Challenge(challenge.into()),
            return_to: None,
            integration: None,
        }
    }

    /// The registered return target to come back to; `integrations` otherwise.
    #[must_use]
    pub fn return_to(mut self, target: impl Into<String>) -> Self {
        self.return_to = Some(target.into());
        self
    }

    /// Reconnects this integration, with the same account.
    #[must_use]
    pub const fn integration(mut self, id: IntegrationId) -> Self {
        self.integration = Some(id);
        self
    }
}

/// Where to send the browser.
#[derive(Clone)]
pub struct ConnectLink {
    /// Where to send the browser: the consent page, the chat with a bot, or the page that shows the widget. For this
    /// browser alone: not for logs, mails or agents.
    pub url: Url,
    /// What that page hands to the provider's widget, where the account is joined by one.
    pub widget: Option<Map<String, Value>>,
    /// Until when the connect can be finished.
    pub expires_at: DateTime<Utc>,
}

/// Without the query, which binds the answer to the flow.
impl fmt::Debug for ConnectLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectLink")
            .field("host", &self.url.host_str())
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Bailee {
    /// A random value for a browser's nonce cookie: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::Vault`] when the random source fails.
    pub fn nonce(&self) -> Result<SecretString, Error> {
        Ok(self.inner().random_text()?)
    }

    /// Begins a connect and returns the address of the consent page.
    ///
    /// Asks for what the enabled tools (or the alias) need and for all that was granted before. Where the owner has
    /// an account of this provider and may have one only, the connect is a reconnect of it.
    ///
    /// # Errors
    /// - [`Error::UnknownProvider`] when it is not offered to this owner.
    /// - [`Error::NotFound`] when the integration to reconnect is not the owner's.
    /// - [`Error::Invalid`] names `return_to` or `challenge`.
    /// - [`Error::Limited`] when the owner asks too often, [`Error::TooManyFlows`] when the host is flooded.
    /// - [`Error::Provider`] while the provider is known to be down: the connect could not be finished.
    #[tracing::instrument(name = "bailee.connect", skip_all, fields(provider = %request.provider), err(level = "debug"))]
    pub async fn connect(&self, owner: &Owner, request: ConnectOptions) -> Result<ConnectLink, Error> {
        let inner = self.inner();
        inner.allow_connect(owner).await?;
        let name = ProviderKey::new(request.provider.as_str()).map_err(|_| Error::UnknownProvider)?;
        let provider = inner.named(name.as_str())?;
        let kind = provider.descriptor().connect;
        if !matches!(kind, ConnectKind::OAuth | ConnectKind::Widget) {
            return Err(ProviderError::Unsupported.into());
        }
        let return_to = request.return_to.unwrap_or_else(|| DEFAULT_RETURN_TARGET.to_owned());
        if inner.return_url(&return_to).is_none() {
            return Err(Error::invalid("return_to", InputProblem::Unknown));
        }
        let proof = inner.proof(&request.proof)?;
        let existing = inner.to_reconnect(owner, provider.as_ref(), request.integration).await?;
        let plan = Plan { name, return_to, proof, existing };
        match kind {
            ConnectKind::Widget => inner.begin_widget(owner, provider.as_ref(), plan).await,
            _ => inner.begin(owner, provider.as_ref(), plan).await,
        }
    }

    /// Begins a reconnect: [`Bailee::connect`] for an integration by its id. Same record, same scope, same account.
    ///
    /// # Errors
    /// As [`Bailee::connect`].
    pub async fn reconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        request: ConnectOptions,
    ) -> Result<ConnectLink, Error> {
        self.connect(owner, request.integration(id)).await
    }
}

struct Plan {
    name: ProviderKey,
    return_to: String,
    proof: BrowserProof,
    existing: Option<Integration>,
}

impl Inner {
    fn proof(&self, proof: &Proof) -> Result<BrowserProof, Error> {
        match proof {
            Proof::Nonce(nonce) => {
                Ok(BrowserProof::Nonce(self.vault.digest(nonce.expose_secret().as_bytes())))
            }
            Proof::Challenge(challenge) => unhex_32(challenge)
                .map(BrowserProof::Challenge)
                .ok_or(Error::invalid("challenge", InputProblem::Malformed)),
        }
    }

    /// The integration that the connect will reconnect, if any.
    pub(crate) async fn to_reconnect(
        &self,
        owner: &Owner,
        provider: &dyn Provider,
        id: Option<IntegrationId>,
    ) -> Result<Option<Integration>, Error> {
        let key = &provider.descriptor().key;
        let live = |row: &Integration| row.lifecycle != Lifecycle::Disconnecting;
        if let Some(id) = id {
            let row = self.stores.integrations.find(owner, id).await?;
            return row.filter(|row| live(row) && row.provider == *key).map(Some).ok_or(Error::NotFound);
        }
        if self.provider_of(key).is_some_and(|provider| self.several(provider)) {
            return Ok(None);
        }
        Ok(self.stores.integrations.of_provider(owner, key).await?.into_iter().find(live))
    }

    async fn begin(&self, owner: &Owner, provider: &dyn Provider, plan: Plan) -> Result<ConnectLink, Error> {
        let key = &provider.descriptor().key;
        let registration =
            self.registrations.client(key, owner.organization()).await?.ok_or(Error::UnknownProvider)?;
        self.can_exchange(provider, Some(&registration.client_id))?;
        let state = self.random_text()?;
        let pkce_verifier = self.random_text()?;
        let id = self.flow_id()?;
        let redirect_uri = self.redirect_uri(key);
        let nothing = OAuthScopes::default();
        let existing = plan.existing.as_ref();
        let begun = provider
            .begin(Begin {
                client_id: &registration.client_id,
                redirect_uri: &redirect_uri,
                state: &state,
                pkce_verifier: &pkce_verifier,
                alias: (plan.name != *key).then_some(&plan.name),
                already_granted: existing.and_then(|row| row.granted.as_ref()).unwrap_or(&nothing),
                account: existing.map(|row| &row.account),
            })
            .await?;
        let context = SealContext {
            purpose: SealPurpose::PkceVerifier,
            owner,
            id: &id.to_string(),
            provider: key,
            epoch: 1,
        };
        let flow = PendingFlow {
            id,
            state_hash: self.vault.digest(state.expose_secret().as_bytes()),
            owner: owner.clone(),
            provider: key.clone(),
            client: Some(registration.client_id.clone()),
            redirect_uri: redirect_uri.into(),
            verifier: self.vault.seal(&context, pkce_verifier.expose_secret().as_bytes())?.bytes,
            issuer: provider.descriptor().issuer.clone(),
            requested: begun.requested,
            return_to: plan.return_to,
            proof: plan.proof,
            reconnect: existing.map(|row| row.id),
            parked: None,
            expires_at: self.clock.now(),
        };
        Ok(ConnectLink { url: begun.url, widget: None, expires_at: self.put_flow(flow).await? })
    }

    async fn begin_widget(
        &self,
        owner: &Owner,
        provider: &dyn Provider,
        plan: Plan,
    ) -> Result<ConnectLink, Error> {
        let key = &provider.descriptor().key;
        let word = self.word()?;
        let existing = plan.existing.as_ref();
        let Started::Widget(widget) = self.started(provider, &word, existing).await? else {
            return Err(ProviderError::Unsupported.into());
        };
        let mut url = self.return_url(&plan.return_to).ok_or(Error::LinkInvalid)?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend([key.as_str(), "widget"]);
        }
        let flow = PendingFlow {
            return_to: plan.return_to,
            proof: plan.proof,
            ..self.word_flow(owner, key, &word, existing.map(|row| row.id))?
        };
        Ok(ConnectLink { url, widget: Some(widget), expires_at: self.put_flow(flow).await? })
    }

    /// Counts what begins to connect an account, in whatever way.
    pub(crate) async fn allow_connect(&self, owner: &Owner) -> Result<(), Error> {
        let line = Line::new(owner, Action::Connect, Outcome::RateLimited);
        Ok(self.allow(owner, Limit::Connects, Some(&line)).await?)
    }

    pub(crate) async fn put_flow(&self, flow: PendingFlow) -> Result<DateTime<Utc>, Error> {
        let put = self.stores.pending.put(flow, self.timings.flow, self.flow_limits).await;
        put.map_err(|error| match error {
            StoreError::Conflict => Error::TooManyFlows,
            other => other.into(),
        })
    }
}
