use bailee_core::{ClientRegistration, ProviderError, Refresh};

use super::{Cargo, Pilot};
use crate::refresh::Answer;

impl Pilot {
    pub(super) async fn send(&mut self, secret: usize) -> Answer {
        let credential = match self.inner.open_credential(&self.row) {
            Ok(credential) => credential,
            Err(error) => return Answer::Sealed(error),
        };
        let registration = match self.registration().await {
            Ok(registration) => registration,
            Err(answer) => return answer,
        };
        let secrets = registration.secrets.len().max(1);
        let Some(client) = registration.credentials().nth(secret) else {
            return Answer::ClientRefused { more: false };
        };
        if !self.asked
            && let Err(refused) = self.pass.go()
        {
            return Answer::Held(refused.retry_after);
        }
        self.asked = true;
        let refresh = self.provider.refresh(Refresh { client, credential: &credential });
        let renewal = self.inner.within(self.inner.timings.request, refresh).await;
        let more = secret + 1 < secrets;
        // Of several secrets the last one tells whether the client is refused.
        if !(more && matches!(renewal, Err(ProviderError::Client))) {
            self.pass.heard(&renewal);
        }
        match renewal {
            Ok(renewal) => {
                let rotation = self.provider.descriptor().rotation;
                self.inner.surprises.look(&self.row.provider, rotation, &credential, &renewal);
                let lifetime = renewal.expires_in;
                self.cargo = Some(Cargo { credential: credential.renewed_by(&renewal), renewal });
                Answer::Renewed(lifetime)
            }
            Err(error) => {
                tracing::info!(integration.id = %self.row.id, provider = %self.row.provider, %error, "a refresh failed");
                answer(&error, more)
            }
        }
    }

    /// The registration that obtained the grant, and no other.
    async fn registration(&self) -> Result<ClientRegistration, Answer> {
        let Some(client) = &self.row.client else {
            return Err(Answer::ClientRefused { more: false });
        };
        match self.inner.registrations.by_client_id(&self.row.provider, client).await {
            Ok(Some(registration)) => Ok(registration),
            Ok(None) => {
                tracing::error!(integration.id = %self.row.id, provider = %self.row.provider, "the client that obtained the grant is not registered any more");
                Err(Answer::ClientRefused { more: false })
            }
            Err(_) => Err(Answer::Later(None)),
        }
    }
}

/// What a provider's error means for the refresh.
fn answer(error: &ProviderError, more: bool) -> Answer {
    match error {
        ProviderError::Client => Answer::ClientRefused { more },
        ProviderError::GrantRevoked { .. } => Answer::Dead,
        ProviderError::OutcomeUnknown => Answer::Lost,
        ProviderError::Rejected { .. } | ProviderError::Unsupported => Answer::Config,
        // Nothing was learnt of the grant, whatever went wrong.
        error => Answer::Later(error.retry_after()),
    }
}
