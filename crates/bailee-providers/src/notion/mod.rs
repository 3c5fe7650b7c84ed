#![doc = include_str!("README.md")]

mod blocks;
mod endpoints;
mod error;
mod markdown;
mod rich_text;
mod tools;

use std::sync::Arc;

use async_trait::async_trait;
use url::Url;

use bailee_core::{ClientRegistration, ProviderError, Tool, ToolCall, ToolOutput};
use bailee_oauth::{HttpClient, OAuthProvider, ProviderHooks};

pub use self::endpoints::NotionEndpoints;
pub(crate) use self::tools::drafts;
use crate::{ConfigError, config, delegate::delegate, tool::pick};

/// Notion workspaces, and what agents do with their pages and databases.
///
/// ```
/// use bailee_core::{ClientId, ClientRegistration, Provider};
/// use bailee_providers::Notion;
///
/// let registration = ClientRegistration::new(ClientId::new("463f5d20-0000-4000-8000-0000000000aa")?, "secret".to_owned().into());
/// let notion = Notion::new(registration)?.with_tools(["search_notion"])?;
/// assert_eq!(notion.descriptor().key.as_str(), "notion");
/// assert_eq!(notion.tools().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Notion {
    oauth: OAuthProvider,
    hooks: Hooks,
}

/// The tools, and where they ask.
#[derive(Clone, Debug)]
struct Hooks {
    tools: Vec<Tool>,
    api: Url,
}

impl Notion {
    /// Notion with all tools, for new connects by this public connection.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built.
    pub fn new(registration: ClientRegistration) -> Result<Self, ConfigError> {
        let endpoints = NotionEndpoints::public()?;
        let hooks = Hooks { tools: pick(drafts(), None)?, api: endpoints.api };
        let oauth = OAuthProvider::new(endpoints.definition, registration)?;
        Ok(Self { oauth: oauth.with_hooks(Arc::new(hooks.clone())), hooks })
    }

    /// Notion as `NOTION_CLIENT_ID` and `NOTION_CLIENT_SECRET` configure it; `None` when neither is set.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] with the name of the one that is not set.
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Notion::from_env`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`Notion::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        config::registration(lookup, "NOTION_CLIENT_ID", "NOTION_CLIENT_SECRET")?.map(Self::new).transpose()
    }

    /// With only these tools.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that Notion has no tool of.
    pub fn with_tools<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        self.hooks.tools = pick(drafts(), Some(&names))?;
        Ok(self.hooked())
    }

    /// With one more OAuth client, whose earlier grants are still refreshed and revoked with it.
    #[must_use]
    pub fn with_registration(mut self, registration: ClientRegistration) -> Self {
        self.oauth = self.oauth.with_registration(registration);
        self
    }

    /// With other addresses: a gateway, or a mock.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: NotionEndpoints) -> Self {
        self.oauth = self.oauth.with_definition(endpoints.definition);
        self.hooks.api = endpoints.api;
        self.hooked()
    }

    /// With an HTTP client of other options: a proxy, a private certificate authority, a mock on this machine.
    #[must_use]
    pub fn with_http(mut self, http: HttpClient) -> Self {
        self.oauth = self.oauth.with_http(http);
        self
    }

    fn hooked(mut self) -> Self {
        self.oauth = self.oauth.with_hooks(Arc::new(self.hooks.clone()));
        self
    }
}

#[async_trait]
impl ProviderHooks for Hooks {
    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    async fn call<'a>(
        &self,
        provider: &OAuthProvider,
        call: ToolCall<'a>,
    ) -> Result<ToolOutput, ProviderError> {
        tools::call(self, provider, &call).await
    }
}

delegate!(Notion, oauth);
