use std::{sync::Arc, time::Duration};

use bailee_core::{
    Action, Exchange, ExposeSecret, Grant, Integration, IntegrationId, Lifecycle, Outcome, PendingFlow,
    Provider, ProviderError, Scope, SealContext, SealPurpose, SecretString, StoreError,
    store::{Connection, CredentialRow, NewIntegration},
};
use url::Url;

use crate::{Bailee, Connected, Error, callback::Answer, engine::Inner, grant::Orphan, journal::Line};

/// How often a reconnect that loses against a refresh is tried again.
const RECONNECT_ATTEMPTS: u32 = 5;

/// How often the write after an exchange is tried again while the store is not available.
const WRITE_ATTEMPTS: u32 = 5;

impl Bailee {
    /// Carries a taken flow through. From here on the caller may go away: the exchange and its write run detached, so
    /// that no grant is obtained and forgotten.
    pub(crate) async fn finish(&self, flow: PendingFlow, answer: Answer) -> Result<Connected, Error> {
        let code = match answer {
            Answer::Code(code) => code,
            Answer::Denied(code) => return Err(Error::ConsentDenied { code }),
        };
        let bailee = self.clone();
        let work = async move { bailee.inner().exchange(flow, code).await };
        self.inner().flights.spawn(work).await.unwrap_or(Err(Error::Provider(ProviderError::OutcomeUnknown)))
    }
}

/// What an exchange brought, and for which flow.
#[derive(Clone, Copy)]
struct Harvest<'a> {
    flow: &'a PendingFlow,
    provider: &'a Arc<dyn Provider>,
    grant: &'a Grant,
    /// Monotonic time at which the code was sent.
    sent: Duration,
}

impl Inner {
    async fn exchange(&self, flow: PendingFlow, code: SecretString) -> Result<Connected, Error> {
        let provider = Arc::clone(self.provider_of(&flow.provider).ok_or(Error::UnknownProvider)?);
        let pkce_verifier = self.pkce_verifier(&flow)?;
        let registration = self.registrations.by_client_id(&flow.provider, &flow.client).await?;
        let registration = registration.ok_or(ProviderError::Client)?;
        let client = registration.credentials().next().ok_or(ProviderError::Client)?;
        let redirect_uri: Url = flow.redirect_uri.parse().map_err(|_| Error::LinkInvalid)?;
        let sent = self.clock.monotonic();
        let exchange = provider.exchange(Exchange {
            client,
            code: &code,
            pkce_verifier: &pkce_verifier,
            redirect_uri: &redirect_uri,
            requested: &flow.requested,
        });
        // Never repeated, whatever comes back: a second use of a code may revoke the grant (RFC 6749 §4.1.2).
        let grant = self.within(self.timings.request * 2, exchange).await?;
        tracing::info!(flow.id = %flow.id, provider = %flow.provider, "code exchanged");
        let mut connected =
            self.keep(Harvest { flow: &flow, provider: &provider, grant: &grant, sent }).await?;
        connected.integration = self.settings.shown(connected.integration);
        let action = if connected.reconnected { Action::Reconnect } else { Action::Connect };
        let mut line = Line::new(&flow.owner, action, Outcome::Ok);
        line.provider = Some(flow.provider.clone());
        line.integration = Some(connected.integration.id);
        self.note(line).await;
        self.announce(&flow.owner);
        Ok(connected)
    }

    /// Bounds a provider call. A call that is cut off may have been carried out.
    pub(crate) async fn within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, ProviderError>> + Send,
    ) -> Result<T, ProviderError> {
        tokio::select! {
            biased;
            outcome = call => outcome,
            () = self.clock.sleep(limit) => Err(ProviderError::OutcomeUnknown),
        }
    }

    /// Writes a grant, or gives it back.
    async fn keep(&self, harvest: Harvest<'_>) -> Result<Connected, Error> {
        let Harvest { flow, provider, grant, .. } = harvest;
        let mut outcome = Err(Error::Store(StoreError::Unavailable));
        for attempt in 0..WRITE_ATTEMPTS {
            if attempt > 0 {
                self.clock.sleep(self.timings.persist / (WRITE_ATTEMPTS * 2) * attempt).await;
            }
            outcome = self.place(harvest).await;
            if !matches!(&outcome, Err(Error::Store(error)) if error.is_temporary()) {
                break;
            }
        }
        if let Err(error) = &outcome {
            tracing::warn!(flow.id = %flow.id, provider = %flow.provider, %error, "the grant was not kept");
            // A store that did not answer may have written the row: its grant must not be revoked under it.
            if !matches!(error, Error::Store(error) if error.is_temporary()) {
                let orphan = Orphan {
                    owner: &flow.owner,
                    provider: provider.as_ref(),
                    client: &flow.client,
                    account: &grant.account,
                    credential: &grant.credential,
                };
                self.give_back(orphan).await;
            }
        }
        outcome
    }

    /// Into the row that it reconnects, or into a new one.
    async fn place(&self, harvest: Harvest<'_>) -> Result<Connected, Error> {
        let Harvest { flow, grant, .. } = harvest;
        for _ in 0..RECONNECT_ATTEMPTS {
            let Some(row) = self.row_for(harvest).await? else {
                match self.insert(harvest).await {
                    // Another connect of the same owner was quicker: this one reconnects its row.
                    Err(Error::Store(StoreError::Conflict)) => continue,
                    other => return other,
                }
            };
            if row.account.id != grant.account.id {
                return Err(Error::AccountMismatch);
            }
            let kept = self.kept_refresh_token(&row, harvest);
            let connection = self.connection(harvest, row.id, row.lease_epoch + 1, kept)?;
            if self.stores.integrations.reconnect(&flow.owner, row.id, row.lease_epoch, connection).await? {
                let integration = self.stores.integrations.find(&flow.owner, row.id).await?;
                return Ok(Connected { integration: integration.ok_or(Error::NotFound)?, reconnected: true });
            }
        }
        Err(StoreError::Unavailable.into())
    }

    /// The row that the grant belongs into, if there is one: the one that the flow reconnects, while it is there; else
    /// the owner's only one, or the one of this very account.
    async fn row_for(&self, harvest: Harvest<'_>) -> Result<Option<CredentialRow>, StoreError> {
        let Harvest { flow, provider, grant, .. } = harvest;
        let mut rows = self.stores.integrations.of_provider(&flow.owner, &flow.provider).await?;
        rows.retain(|row| row.lifecycle != Lifecycle::Disconnecting);
        let several = self.several(provider);
        let reconnected = |row: &&Integration| flow.reconnect == Some(row.id);
        let fits = |row: &&Integration| !several || row.account.id == grant.account.id;
        let Some(row) = rows.iter().find(reconnected).or_else(|| rows.iter().find(fits)) else {
            return Ok(None);
        };
        let row = self.stores.credentials.read(row.id).await?;
        Ok(row.filter(|row| row.lifecycle != Lifecycle::Disconnecting))
    }

    async fn insert(&self, harvest: Harvest<'_>) -> Result<Connected, Error> {
        let Harvest { flow, provider, grant, .. } = harvest;
        let id = self.integration_id()?;
        let slot = if self.several(provider) { grant.account.id.as_str() } else { "" };
        let new = NewIntegration {
            id,
            owner: flow.owner.clone(),
            provider: flow.provider.clone(),
            slot: slot.to_owned(),
            connection: self.connection(harvest, id, 1, None)?,
            scope: Scope::All,
            bound_profile: None,
            config: grant.config.clone(),
        };
        let integration = self.stores.integrations.insert(new).await?;
        Ok(Connected { integration, reconnected: false })
    }

    /// A consent that brings no new refresh token leaves the old one in force, when it is of the same client.
    fn kept_refresh_token(&self, row: &CredentialRow, harvest: Harvest<'_>) -> Option<SecretString> {
        let same = row.client.as_ref() == Some(&harvest.flow.client) && row.lifecycle == Lifecycle::Connected;
        if harvest.grant.credential.refresh_token.is_some() || !row.refreshable || !same {
            return None;
        }
        self.open_credential(row).ok()?.refresh_token
    }

    fn connection(
        &self,
        harvest: Harvest<'_>,
        id: IntegrationId,
        epoch: i64,
        kept: Option<SecretString>,
    ) -> Result<Connection, Error> {
        let Harvest { flow, grant, sent, .. } = harvest;
        let mut credential = grant.credential.clone();
        credential.refresh_token = credential.refresh_token.or(kept);
        let context = SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner: &flow.owner,
            id: &id.to_string(),
            provider: &flow.provider,
            epoch: epoch.unsigned_abs(),
        };
        let elapsed = self.clock.monotonic().saturating_sub(sent);
        Ok(Connection {
            client: Some(flow.client.clone()),
            account: grant.account.clone(),
            requested: flow.requested.clone(),
            granted: grant.granted.clone(),
            sealed: self.vault.seal(&context, credential.to_plaintext().expose_secret())?,
            refreshable: credential.refresh_token.is_some(),
            // Counted from the sending, so that it is early and never late.
            expires_in: grant.expires_in.map(|lifetime| lifetime.saturating_sub(elapsed)),
        })
    }
}
