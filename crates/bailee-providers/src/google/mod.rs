#![doc = include_str!("README.md")]

mod api;
mod endpoints;
mod error;
mod hooks;
mod tools;

use std::sync::Arc;

use async_trait::async_trait;

use bailee_core::{
    Begin, Begun, ClientRegistration, Exchange, Grant, Provider, ProviderDescriptor, ProviderError, Refresh,
    Renewal, Revoke, Tool, ToolCall, ToolOutput, Validate, Validation,
};
use bailee_oauth::{HttpClient, OAuthDefinition, OAuthProvider};

pub use self::endpoints::GoogleEndpoints;
use self::hooks::Hooks;
pub(crate) use self::tools::drafts;
use crate::{ConfigError, config, tool::pick};

/// Google accounts, and what agents do with them.
///
/// ```
/// use bailee_core::{ClientId, ClientRegistration, Provider};
/// use bailee_providers::Google;
///
/// let registration = ClientRegistration::new(ClientId::new("4821.apps.example")?, "secret".to_owned().into());
/// let google = Google::new(registration)?.with_tools(["list_events"])?;
/// assert_eq!(google.descriptor().key.as_str(), "google");
/// assert_eq!(google.tools().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Google {
    oauth: OAuthProvider,
    endpoints: GoogleEndpoints,
}

impl Google {
    /// Google with all tools, for new connects by this OAuth client.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built.
    pub fn new(registration: ClientRegistration) -> Result<Self, ConfigError> {
        let oauth = OAuthProvider::new(definition()?, registration)?;
        Ok(Self {
            oauth: oauth.with_hooks(Arc::new(Hooks { tools: pick(drafts(), None)? })),
            endpoints: GoogleEndpoints::public()?,
        })
    }

    /// Google as `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET` configure it; `None` when neither is set.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] with the name of the one that is not set.
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Google::from_env`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`Google::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        config::registration(lookup, "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")?.map(Self::new).transpose()
    }

    /// With only these tools. Consent asks for what they need and no more.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that Google has no tool of.
    pub fn with_tools<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        let tools = pick(drafts(), Some(&names))?;
        self.oauth = self.oauth.with_hooks(Arc::new(Hooks { tools }));
        Ok(self)
    }

    /// With one more OAuth client, whose earlier grants are still refreshed and revoked with it.
    #[must_use]
    pub fn with_registration(mut self, registration: ClientRegistration) -> Self {
        self.oauth = self.oauth.with_registration(registration);
        self
    }

    /// With other addresses: a gateway, or a mock.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: GoogleEndpoints) -> Self {
        let definition = self.oauth.definition().clone();
        let definition = definition.with_addresses(&endpoints.oauth(), endpoints.api_hosts());
        self.oauth = self.oauth.with_definition(definition);
        self.endpoints = endpoints;
        self
    }

    /// With an HTTP client of other options: a proxy, a private certificate authority, a mock on this machine.
    #[must_use]
    pub fn with_http(mut self, http: HttpClient) -> Self {
        self.oauth = self.oauth.with_http(http);
        self
    }
}

/// What `google.toml` says.
fn definition() -> Result<OAuthDefinition, ConfigError> {
    OAuthDefinition::from_toml(include_str!("google.toml"))
        .map_err(|_| ConfigError::Invalid { what: "the definition of Google" })
}

#[async_trait]
impl Provider for Google {
    fn descriptor(&self) -> &ProviderDescriptor {
        self.oauth.descriptor()
    }

    fn registrations(&self) -> &[ClientRegistration] {
        self.oauth.registrations()
    }

    fn tools(&self) -> &[Tool] {
        self.oauth.tools()
    }

    async fn begin<'a>(&self, request: Begin<'a>) -> Result<Begun, ProviderError> {
        self.oauth.begin(request).await
    }

    async fn exchange<'a>(&self, request: Exchange<'a>) -> Result<Grant, ProviderError> {
        self.oauth.exchange(request).await
    }

    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        self.oauth.refresh(request).await
    }

    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        self.oauth.validate(request).await
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        self.oauth.revoke(request).await
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        tools::call(self, &call).await
    }
}
