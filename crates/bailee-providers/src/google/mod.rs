#![doc = include_str!("README.md")]

mod api;
mod connect;
mod endpoints;
mod error;
mod tools;

use async_trait::async_trait;

use bailee_core::{
    Alias, Begin, Begun, Capabilities, Cardinality, ClientRegistration, ConnectKind, Definition, Exchange,
    Grant, Issuer, OAuthScopes, Provider, ProviderDescriptor, ProviderError, ProviderKey, Refresh,
    RefreshMode, Renewal, RevocationReach, Revoke, Rotation, Tool, ToolCall, ToolOutput, Validate,
    Validation,
};
use bailee_oauth::{HttpClient, HttpOptions};

pub use self::endpoints::GoogleEndpoints;
use self::tools::Service;
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
    descriptor: ProviderDescriptor,
    registrations: Vec<ClientRegistration>,
    tools: Vec<Tool>,
    endpoints: GoogleEndpoints,
    http: HttpClient,
    /// `openid email`: without them nobody knows whose grant it is.
    identity: OAuthScopes,
}

impl Google {
    /// Google with all tools, for new connects by this OAuth client.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built.
    pub fn new(registration: ClientRegistration) -> Result<Self, ConfigError> {
        let endpoints = GoogleEndpoints::public()?;
        let tools = pick(drafts(), None)?;
        Ok(Self {
            descriptor: descriptor(&tools, &endpoints)?,
            registrations: vec![registration],
            tools,
            endpoints,
            http: HttpClient::new(&HttpOptions::default())?,
            identity: scopes("openid email")?,
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
        self.descriptor = descriptor(&tools, &self.endpoints)?;
        self.tools = tools;
        Ok(self)
    }

    /// With one more OAuth client, whose earlier grants are still refreshed and revoked with it.
    #[must_use]
    pub fn with_registration(mut self, registration: ClientRegistration) -> Self {
        self.registrations.push(registration);
        self
    }

    /// With other addresses: a gateway, or a mock.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: GoogleEndpoints) -> Self {
        self.descriptor.token_hosts = endpoints.token_hosts();
        self.endpoints = endpoints;
        self
    }

    /// With an HTTP client of other options: a proxy, a private certificate authority, a mock on this machine.
    #[must_use]
    pub fn with_http(mut self, http: HttpClient) -> Self {
        self.http = http;
        self
    }
}

#[async_trait]
impl Provider for Google {
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
        connect::begin(self, &request)
    }

    async fn exchange<'a>(&self, request: Exchange<'a>) -> Result<Grant, ProviderError> {
        connect::exchange(self, &request).await
    }

    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        connect::refresh(self, &request).await
    }

    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        connect::validate(self, &request).await
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        connect::revoke(self, &request).await
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        tools::call(self, &call).await
    }
}

fn descriptor(tools: &[Tool], endpoints: &GoogleEndpoints) -> Result<ProviderDescriptor, ConfigError> {
    let (mut aliases, mut definitions) = (Vec::new(), Vec::new());
    for service in Service::ALL {
        let of_service = || tools.iter().filter(|tool| service.tools().contains(&tool.name.as_str()));
        let scopes = of_service()
            .filter_map(|tool| tool.scopes.preferred())
            .fold(OAuthScopes::default(), |all, scopes| all.union(scopes));
        // A service without an enabled tool has nothing to ask consent for.
        if !scopes.is_empty() {
            let key = key(service.alias())?;
            let tools = of_service().map(|tool| tool.name.clone()).collect();
            aliases.push(Alias { key: key.clone(), scopes });
            definitions.push(Definition { key, name: service.name(), tools });
        }
    }
    Ok(ProviderDescriptor {
        key: key("google")?,
        name: "Google",
        aliases,
        definitions,
        connect: ConnectKind::OAuth,
        form: None,
        widget: None,
        settings: None,
        cardinality: Cardinality::One,
        capabilities: Capabilities::REFRESH | Capabilities::REVOKE | Capabilities::VALIDATE,
        refresh: RefreshMode::Ahead,
        rotation: Rotation::Static,
        revocation: RevocationReach::Account,
        issuer: Some(Issuer { identifier: connect::ISSUER.to_owned(), required: false }),
        token_hosts: endpoints.token_hosts(),
    })
}

fn key(text: &'static str) -> Result<ProviderKey, ConfigError> {
    ProviderKey::new(text).map_err(|_| ConfigError::Invalid { what: text })
}

fn scopes(text: &'static str) -> Result<OAuthScopes, ConfigError> {
    OAuthScopes::parse(text).map_err(|_| ConfigError::Invalid { what: text })
}
