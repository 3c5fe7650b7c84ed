#![doc = include_str!("README.md")]

mod api;
mod error;
mod message;
mod notify;
mod person;
mod revoke;
mod tools;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use url::Url;

pub(crate) use self::tools::drafts;
use crate::{ConfigError, config, tool::pick};
use bailee_core::{
    Begin, Begun, Capabilities, ClientRegistration, Delivered, Exchange, Grant, Notify, OAuthScopes,
    Provider, ProviderDescriptor, ProviderError, Refresh, Renewal, Revoke, Tool, ToolCall, ToolOutput,
    Validate, Validation,
};
use bailee_oauth::{HttpClient, OAuthDefinition, OAuthProvider, ProviderHooks};

/// Slack workspaces, in which agents and notifications speak as the app's bot.
///
/// ```
/// use bailee_core::{Capabilities, ClientId, ClientRegistration, Provider};
/// use bailee_providers::Slack;
///
/// let registration = ClientRegistration::new(ClientId::new("11.22")?, "secret".to_owned().into());
/// let slack = Slack::new(registration)?;
/// assert_eq!(slack.descriptor().key.as_str(), "slack");
/// assert!(slack.descriptor().capabilities.contains(Capabilities::NOTIFY));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Slack {
    oauth: OAuthProvider,
    descriptor: ProviderDescriptor,
    /// The base of the Web API.
    api: Url,
}

impl Slack {
    /// Slack with all tools, for new connects by this OAuth client.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built.
    pub fn new(registration: ClientRegistration) -> Result<Self, ConfigError> {
        let invalid = |what| ConfigError::Invalid { what };
        let definition = OAuthDefinition::from_toml(include_str!("slack.toml"))
            .map_err(|_| invalid("the definition of Slack"))?;
        let api = Url::parse("https://slack.com/api/").map_err(|_| invalid("the address of Slack"))?;
        let hooks = Tools(pick(drafts(), None)?);
        let oauth = OAuthProvider::new(definition, registration)?.with_hooks(Arc::new(hooks));
        Ok(Self::of(oauth, api))
    }

    /// Slack as `SLACK_CLIENT_ID` and `SLACK_CLIENT_SECRET` configure it; `None` when neither is set.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] with the name of the one that is not set.
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Slack::from_env`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`Slack::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        config::registration(lookup, "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")?.map(Self::new).transpose()
    }

    /// With only these tools; notifications go on without any.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that Slack has no tool of.
    pub fn with_tools<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        let hooks = Tools(pick(drafts(), Some(&names))?);
        Ok(Self::of(self.oauth.with_hooks(Arc::new(hooks)), self.api))
    }

    /// With one more OAuth client, whose earlier grants are still refreshed and revoked with it.
    #[must_use]
    pub fn with_registration(self, registration: ClientRegistration) -> Self {
        Self { oauth: self.oauth.with_registration(registration), ..self }
    }

    /// Asks every consent for these bot scopes too, for example `chat:write.public`.
    #[must_use]
    pub fn with_scopes(self, scopes: &OAuthScopes) -> Self {
        Self::of(self.oauth.with_scopes(scopes), self.api)
    }

    /// Asks every consent for a token of the person who connects too, with these scopes, for example `search:read`. What
    /// it is for is in the [module's documentation](crate::slack).
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] for a scope that cannot be asked for.
    pub fn with_user_scopes(self, scopes: &OAuthScopes) -> Result<Self, ConfigError> {
        let scopes = person::as_ours(scopes).ok_or(ConfigError::Invalid { what: "a scope of the person" })?;
        Ok(self.with_scopes(&scopes))
    }

    /// With all addresses on another origin: a gateway, or a mock.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when `origin` has no host.
    pub fn with_endpoints(self, origin: &Url) -> Result<Self, ConfigError> {
        let invalid = ConfigError::Invalid { what: "the origin of the endpoints" };
        let oauth = self.oauth.at(origin).map_err(|_| invalid.clone())?;
        Ok(Self::of(oauth, origin.join("/api/").map_err(|_| invalid)?))
    }

    /// With an HTTP client of other options: a proxy, a private certificate authority, a mock on this machine.
    #[must_use]
    pub fn with_http(self, http: HttpClient) -> Self {
        Self { oauth: self.oauth.with_http(http), ..self }
    }

    fn of(oauth: OAuthProvider, api: Url) -> Self {
        let mut descriptor = oauth.descriptor().clone();
        descriptor.capabilities |= Capabilities::NOTIFY;
        descriptor.settings = Some(notify::settings());
        Self { oauth, descriptor, api }
    }
}

/// Of its address the host only: a gateway may have its key there.
impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slack")
            .field("oauth", &self.oauth)
            .field("host", &self.api.host_str())
            .finish_non_exhaustive()
    }
}

/// What consent needs to know of the tools; they are called apart from the definition.
#[derive(Debug)]
struct Tools(Vec<Tool>);

impl ProviderHooks for Tools {
    fn tools(&self) -> &[Tool] {
        &self.0
    }
}

#[async_trait]
impl Provider for Slack {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        self.oauth.registrations()
    }

    fn tools(&self) -> &[Tool] {
        self.oauth.tools()
    }

    fn further_tokens(&self) -> &'static [&'static str] {
        &[person::TOKEN]
    }

    async fn begin<'a>(&self, request: Begin<'a>) -> Result<Begun, ProviderError> {
        self.oauth.begin(request).await
    }

    async fn exchange<'a>(&self, request: Exchange<'a>) -> Result<Grant, ProviderError> {
        self.oauth.exchange(request).await
    }

    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        person::refresh(self, request).await
    }

    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        person::validate(self, request).await
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        revoke::revoke(self, &request).await
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        tools::call(self, &call).await
    }

    async fn notify<'a>(&self, notify: Notify<'a>) -> Result<Delivered, ProviderError> {
        notify::notify(self, &notify).await
    }
}
