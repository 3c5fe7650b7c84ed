//! A provider from its definition.

mod account;
mod begin;
mod descriptor;
mod exchange;
mod failure;
mod hooks;
mod revoke;
mod send;
mod token_answer;
mod validate;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use url::Url;

use self::hooks::NoHooks;
pub use self::hooks::ProviderHooks;
use crate::{DefinitionError, HttpClient, HttpClientError, HttpOptions, OAuthDefinition};
use bailee_core::{
    Begin, Begun, ClientRegistration, Exchange, Grant, OAuthScopes, Provider, ProviderDescriptor,
    ProviderError, Refresh, Renewal, Revoke, Tool, ToolCall, ToolOutput, Validate, Validation,
};

/// A provider that does what its [`OAuthDefinition`] says. Without [`ProviderHooks`] it has no tools: it joins accounts
/// and keeps their tokens alive.
///
/// ```
/// use bailee_core::{ClientId, ClientRegistration, Provider};
/// use bailee_oauth::{OAuthDefinition, OAuthProvider};
///
/// let definition = OAuthDefinition::from_json(
///     r#"{
///         "key": "example", "name": "Example", "token_hosts": ["as.example"],
///         "authorize": { "request": { "url": "https://as.example/authorize" } },
///         "token": { "request": { "url": "https://as.example/token" } },
///         "userinfo": { "request": { "url": "https://as.example/userinfo" } },
///         "account": { "id": ["/sub"], "label": ["/email"] }
///     }"#,
/// )?;
/// let registration = ClientRegistration::new(ClientId::new("c1")?, "secret".to_owned().into());
/// let provider = OAuthProvider::new(definition, registration)?;
/// assert_eq!(provider.descriptor().name, "Example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OAuthProvider {
    definition: OAuthDefinition,
    descriptor: ProviderDescriptor,
    registrations: Vec<ClientRegistration>,
    http: HttpClient,
    hooks: Arc<dyn ProviderHooks>,
    scopes: OAuthScopes,
}

impl OAuthProvider {
    /// The provider of a definition, for new connects by this OAuth client.
    ///
    /// Its name is kept for as long as the process lives: build it once.
    ///
    /// # Errors
    /// [`HttpClientError`] when the HTTP client cannot be built.
    pub fn new(
        definition: OAuthDefinition,
        registration: ClientRegistration,
    ) -> Result<Self, HttpClientError> {
        let hooks = NoHooks;
        Ok(Self {
            descriptor: descriptor::new(&definition, hooks.tools(), &OAuthScopes::default()),
            definition,
            registrations: vec![registration],
            http: HttpClient::new(&HttpOptions::default())?,
            hooks: Arc::new(hooks),
            scopes: OAuthScopes::default(),
        })
    }

    /// With another definition: the same provider elsewhere, as behind a gateway or before a mock.
    #[must_use]
    pub fn with_definition(mut self, definition: OAuthDefinition) -> Self {
        self.definition = definition;
        self.described()
    }

    /// With one more OAuth client, whose earlier grants are still refreshed and revoked with it.
    #[must_use]
    pub fn with_registration(mut self, registration: ClientRegistration) -> Self {
        self.registrations.push(registration);
        self
    }

    /// With an HTTP client of other options: a proxy, a private certificate authority, a mock on this machine.
    #[must_use]
    pub fn with_http(mut self, http: HttpClient) -> Self {
        self.http = http;
        self
    }

    /// With tools, and with whatever else data cannot say.
    #[must_use]
    pub fn with_hooks(mut self, hooks: Arc<dyn ProviderHooks>) -> Self {
        self.hooks = hooks;
        self.described()
    }

    /// Asks every consent for these scopes too, also where the definition fixes the rest: for hosts that use tokens
    /// without tools, and for what a provider granted to one client.
    #[must_use]
    pub fn with_scopes(mut self, scopes: &OAuthScopes) -> Self {
        self.scopes = self.scopes.union(scopes);
        self.described()
    }

    /// With all of its addresses on one origin: what a mock or a gateway serves.
    ///
    /// # Errors
    /// [`DefinitionError`] when `origin` has no host.
    pub fn at(mut self, origin: &Url) -> Result<Self, DefinitionError> {
        self.definition = self.definition.at(origin)?;
        Ok(self.described())
    }

    /// What it is follows from what it was built with.
    fn described(mut self) -> Self {
        self.descriptor = descriptor::new(&self.definition, self.hooks.tools(), &self.scopes);
        self
    }

    /// Its definition.
    #[must_use]
    pub const fn definition(&self) -> &OAuthDefinition {
        &self.definition
    }

    /// The HTTP client that it asks with.
    #[must_use]
    pub const fn http(&self) -> &HttpClient {
        &self.http
    }
}

#[async_trait]
impl Provider for OAuthProvider {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        &self.registrations
    }

    fn tools(&self) -> &[Tool] {
        self.hooks.tools()
    }

    async fn begin<'a>(&self, request: Begin<'a>) -> Result<Begun, ProviderError> {
        begin::begin(self, &request)
    }

    async fn exchange<'a>(&self, request: Exchange<'a>) -> Result<Grant, ProviderError> {
        exchange::exchange(self, &request).await
    }

    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        exchange::refresh(self, &request).await
    }

    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        validate::validate(self, &request).await
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        revoke::revoke(self, &request).await
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        self.hooks.call(self, call).await
    }
}

/// Which provider, and with how many clients.
impl fmt::Debug for OAuthProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthProvider")
            .field("definition", &self.definition)
            .field("registrations", &self.registrations.len())
            .field("http", &self.http)
            .field("hooks", &self.hooks)
            .finish_non_exhaustive()
    }
}
