use std::{sync::Arc, time::Duration};

use bailee_core::{
    ClientId, Exchange, ExposeSecret, Grant, Integration, IntegrationId, Lifecycle, PendingFlow, Provider,
    ProviderError, Scope, SealContext, SealPurpose, SecretString, StoreError,
    store::{Connection, CredentialRow, NewIntegration},
};
use url::Url;

use crate::{Bailee, Connected, Error, callback::Answer, engine::Inner, grant::Orphan};

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
        self.connected(&flow, provider.as_ref(), grant, sent).await
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

    /// Writes a grant: into the row that it reconnects, or into a new one.
    async fn connected(
        &self,
        flow: &PendingFlow,
        provider: &dyn Provider,
        grant: Grant,
        sent: Duration,
    ) -> Result<Connected, Error> {
        let mut outcome = Err(Error::Store(StoreError::Unavailable));
        for attempt in 0..WRITE_ATTEMPTS {
            if attempt > 0 {
                self.clock.sleep(self.timings.persist / (WRITE_ATTEMPTS * 2) * attempt).await;
            }
            outcome = self.place(flow, provider, &grant, sent).await;
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
                    provider,
                    client: &flow.client,
                    account: &grant.account,
                    credential: &grant.credential,
                };
                self.give_back(orphan).await;
            }
        }
        outcome
    }

    async fn place(
        &self,
        flow: &PendingFlow,
        provider: &dyn Provider,
        grant: &Grant,
        sent: Duration,
    ) -> Result<Connected, Error> {
        for _ in 0..RECONNECT_ATTEMPTS {
            let Some(row) = self.row_for(flow, provider, grant).await? else {
                match self.insert(flow, provider, grant, sent).await {
                    // Another connect of the same owner was quicker: this one reconnects its row.
                    Err(Error::Store(StoreError::Conflict)) => continue,
                    other => return other,
                }
            };
            if row.account.id != grant.account.id {
                return Err(Error::AccountMismatch);
            }
            if self.replace(flow, &row, grant, sent).await? {
                let integration = self.stores.integrations.find(&flow.owner, row.id).await?;
                return Ok(Connected { integration: integration.ok_or(Error::NotFound)?, reconnected: true });
            }
        }
        Err(StoreError::Unavailable.into())
    }

    /// The row that the grant belongs into, if there is one: the one that the flow reconnects, or the owner's only
    /// one, or the one of this very account.
    async fn row_for(
        &self,
        flow: &PendingFlow,
        provider: &dyn Provider,
        grant: &Grant,
    ) -> Result<Option<CredentialRow>, StoreError> {
        let live = |row: &Integration| row.lifecycle != Lifecycle::Disconnecting;
        let rows = self.stores.integrations.of_provider(&flow.owner, &provider.descriptor().key).await?;
        let several = self.provider_of(&flow.provider).is_some_and(|provider| self.several(provider));
        let fits = |row: &&Integration| match flow.reconnect {
            Some(id) => row.id == id,
            None => !several || row.account.id == grant.account.id,
        };
        let Some(row) = rows.iter().filter(|row| live(row)).find(fits) else {
            return Ok(None);
        };
        let row = self.stores.credentials.read(row.id).await?;
        Ok(row.filter(|row| row.lifecycle != Lifecycle::Disconnecting))
    }

    async fn insert(
        &self,
        flow: &PendingFlow,
        provider: &dyn Provider,
        grant: &Grant,
        sent: Duration,
    ) -> Result<Connected, Error> {
        let id = self.integration_id()?;
        let several = self.provider_of(&flow.provider).is_some_and(|provider| self.several(provider));
        let new = NewIntegration {
            id,
            owner: flow.owner.clone(),
            provider: provider.descriptor().key.clone(),
            slot: if several { grant.account.id.as_str().to_owned() } else { String::new() },
            connection: self.connection(flow, id, 1, grant, None, sent)?,
            scope: Scope::All,
            bound_profile: None,
            config: grant.config.clone(),
        };
        let integration = self.stores.integrations.insert(new).await?;
        Ok(Connected { integration, reconnected: false })
    }

    async fn replace(
        &self,
        flow: &PendingFlow,
        row: &CredentialRow,
        grant: &Grant,
        sent: Duration,
    ) -> Result<bool, Error> {
        let epoch = row.lease_epoch + 1;
        let kept = self.kept_refresh_token(row, grant, &flow.client);
        let connection = self.connection(flow, row.id, epoch, grant, kept, sent)?;
        Ok(self.stores.integrations.reconnect(&flow.owner, row.id, row.lease_epoch, connection).await?)
    }

    /// A consent that brings no new refresh token leaves the old one in force, when it is of the same client.
    fn kept_refresh_token(
        &self,
        row: &CredentialRow,
        grant: &Grant,
        client: &ClientId,
    ) -> Option<SecretString> {
        let same =
            row.client.as_ref() == Some(client) && row.refreshable && row.lifecycle == Lifecycle::Connected;
        if grant.credential.refresh_token.is_some() || !same {
            return None;
        }
        self.open_credential(row).ok()?.refresh_token
    }

    fn connection(
        &self,
        flow: &PendingFlow,
        id: IntegrationId,
        epoch: i64,
        grant: &Grant,
        kept: Option<SecretString>,
        sent: Duration,
    ) -> Result<Connection, Error> {
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
