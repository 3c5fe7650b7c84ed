use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use bailee_core::{
    ClientId, ClientRegistration, OrganizationId, Provider, ProviderKey, RegistrationError, Registrations,
};

/// The registrations that the providers were built with: the same for every organization.
#[derive(Debug)]
pub struct ProviderRegistrations {
    providers: HashMap<ProviderKey, Arc<dyn Provider>>,
}

impl ProviderRegistrations {
    /// The registrations of these providers.
    #[must_use]
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        let by_key = |provider: Arc<dyn Provider>| (provider.descriptor().key.clone(), provider);
        Self { providers: providers.into_iter().map(by_key).collect() }
    }

    fn of(&self, provider: &ProviderKey) -> &[ClientRegistration] {
        self.providers.get(provider).map_or(&[], |provider| provider.registrations())
    }
}

#[async_trait]
impl Registrations for ProviderRegistrations {
    async fn client<'a>(
        &self,
        provider: &ProviderKey,
        _organization: Option<&'a OrganizationId>,
    ) -> Result<Option<ClientRegistration>, RegistrationError> {
        Ok(self.of(provider).first().cloned())
    }

    async fn by_client_id(
        &self,
        provider: &ProviderKey,
        client: &ClientId,
    ) -> Result<Option<ClientRegistration>, RegistrationError> {
        Ok(self.of(provider).iter().find(|registration| registration.client_id == *client).cloned())
    }
}
