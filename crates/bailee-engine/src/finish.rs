use std::{sync::Arc, time::Duration};

use bailee_core::{ClientId, Exchange, PendingFlow, Provider, ProviderError, Scope, SecretString};
use url::Url;

use crate::{
    Bailee, Connected, Error,
    callback::Answer,
    engine::Inner,
    gate::Way,
    keep::{Fresh, Home},
};

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
    /// Before anything is used up: whether an exchange would be refused, as what issues tokens is down.
    pub(crate) fn can_exchange(
        &self,
        provider: &dyn Provider,
        client: Option<&ClientId>,
    ) -> Result<(), ProviderError> {
        let way = Way::tokens(&provider.descriptor().key, client, None);
        self.gates.refuses(&way).map_or(Ok(()), |refused| Err(refused.into()))
    }

    async fn exchange(self: &Arc<Self>, flow: PendingFlow, code: SecretString) -> Result<Connected, Error> {
        let provider = Arc::clone(self.provider_of(&flow.provider).ok_or(Error::UnknownProvider)?);
        let pkce_verifier = self.pkce_verifier(&flow)?;
        let client = flow.client.as_ref().ok_or(ProviderError::Unsupported)?;
        let registration = self.registrations.by_client_id(&flow.provider, client).await?;
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
            clock: self.clock.as_ref(),
        });
        // Never repeated, whatever comes back: a second use of a code may revoke the grant (RFC 6749 §4.1.2).
        let way = Way::tokens(&flow.provider, flow.client.as_ref(), None);
        let grant = self.through(&way, self.timings.request * 2, exchange).await?;
        tracing::info!(flow.id = %flow.id, provider = %flow.provider, "code exchanged");
        let home = Home {
            owner: &flow.owner,
            provider: &provider,
            client: flow.client.as_ref(),
            requested: &flow.requested,
            reconnect: flow.reconnect,
            fresh: Fresh { id: self.integration_id()?, scope: Scope::All, bound_profile: None },
        };
        self.keep(&home, &grant, sent).await
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
}
