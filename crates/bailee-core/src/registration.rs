use std::fmt::Debug;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{ClientCredentials, ClientId, OrganizationId, ProviderKey, RegistrationError};

/// One OAuth client of the host at one provider.
#[derive(Clone, Debug)]
pub struct ClientRegistration {
    /// Its public id.
    pub client_id: ClientId,
    /// Its secrets, newest first: each is tried in turn when the provider refuses the one before.
    pub secrets: Vec<SecretString>,
}

impl ClientRegistration {
    /// A registration with one secret.
    #[must_use]
    pub fn new(client_id: ClientId, secret: SecretString) -> Self {
        Self { client_id, secrets: vec![secret] }
    }

    /// What to present to the provider, newest secret first; a public client has one entry without a secret.
    pub fn credentials(&self) -> impl Iterator<Item = ClientCredentials<'_>> {
        let public =
            self.secrets.is_empty().then_some(ClientCredentials { client_id: &self.client_id, secret: None });
        let secrets = self
            .secrets
            .iter()
            .map(|secret| ClientCredentials { client_id: &self.client_id, secret: Some(secret) });
        public.into_iter().chain(secrets)
    }
}

/// The OAuth clients of the host and their secrets. By default those that each provider was built with.
#[async_trait]
pub trait Registrations: Debug + Send + Sync {
    /// The registration for new connects.
    ///
    /// # Behaviour
    /// - `Ok(None)`: this provider is not offered to this organization.
    /// - An organization may have a client of its own.
    ///
    /// # Errors
    /// [`RegistrationError::Unavailable`] when they cannot be read now.
    async fn client<'a>(
        &self,
        provider: &ProviderKey,
        organization: Option<&'a OrganizationId>,
    ) -> Result<Option<ClientRegistration>, RegistrationError>;

    /// The registration that obtained an earlier grant.
    ///
    /// # Behaviour
    /// - `Ok(None)`: no such client is registered any more. The grant is then neither refreshed nor revoked, and not
    ///   declared dead either.
    ///
    /// # Errors
    /// [`RegistrationError::Unavailable`] when they cannot be read now.
    async fn by_client_id(
        &self,
        provider: &ProviderKey,
        client: &ClientId,
    ) -> Result<Option<ClientRegistration>, RegistrationError>;
}
