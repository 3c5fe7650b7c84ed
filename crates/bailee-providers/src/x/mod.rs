#![doc = include_str!("README.md")]

mod error;
mod hooks;
mod tools;
mod weight;

use std::sync::Arc;

use url::Url;

use bailee_core::ClientRegistration;
use bailee_oauth::{HttpClient, OAuthDefinition, OAuthProvider};

use self::hooks::Hooks;
pub(crate) use self::tools::drafts;
use crate::{ConfigError, config, delegate::delegate, tool::pick};

/// Accounts of X, and what agents do with them.
///
/// ```
/// use bailee_core::{ClientId, ClientRegistration, Provider};
/// use bailee_providers::X;
///
/// let registration = ClientRegistration::new(ClientId::new("client-1")?, "secret".to_owned().into());
/// let x = X::new(registration)?.with_tools(["post_tweet"])?;
/// assert!(x.descriptor().answers_to(&"twitter".try_into()?));
/// assert_eq!(x.tools().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct X {
    provider: OAuthProvider,
    hooks: Hooks,
}

impl X {
    /// X with all tools, for new connects by this OAuth client.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built.
    pub fn new(registration: ClientRegistration) -> Result<Self, ConfigError> {
        let unsound = |_| ConfigError::Invalid { what: "the definition of X" };
        let definition = OAuthDefinition::from_toml(include_str!("x.toml")).map_err(unsound)?;
        let api = "https://api.x.com/";
        let hooks = Hooks {
            api: Url::parse(api).map_err(|_| ConfigError::Invalid { what: api })?,
            post_fields: false,
            tools: pick(drafts(), None)?,
        };
        Ok(Self { provider: OAuthProvider::new(definition, registration)?, hooks }.hooked())
    }

    /// X as `TWITTER_CLIENT_ID` and `TWITTER_CLIENT_SECRET` configure it; `None` when neither is set.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] with the name of the one that is not set.
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`X::from_env`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`X::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        config::registration(lookup, "TWITTER_CLIENT_ID", "TWITTER_CLIENT_SECRET")?.map(Self::new).transpose()
    }

    /// With only these tools. Consent asks for what they need and no more.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that X has no tool of.
    pub fn with_tools<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        self.hooks.tools = pick(drafts(), Some(&names))?;
        Ok(self.hooked())
    }

    /// With one more OAuth client, whose earlier grants are still refreshed and revoked with it.
    #[must_use]
    pub fn with_registration(mut self, registration: ClientRegistration) -> Self {
        self.provider = self.provider.with_registration(registration);
        self
    }

    /// With all of its addresses on another origin: a gateway, or a mock.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when the origin has no host.
    pub fn with_endpoints(mut self, origin: &Url) -> Result<Self, ConfigError> {
        let unfit = |_| ConfigError::Invalid { what: "the origin of the endpoints" };
        self.provider = self.provider.at(origin).map_err(unfit)?;
        self.hooks.api = origin.clone();
        self.hooks.api.set_path("/");
        Ok(self.hooked())
    }

    /// With an HTTP client of other options: a proxy, a private certificate authority, a mock on this machine.
    #[must_use]
    pub fn with_http(mut self, http: HttpClient) -> Self {
        self.provider = self.provider.with_http(http);
        self
    }

    /// Asks for members of posts by the parameter `post.fields`, as the newest description of the API names it, and not
    /// by `tweet.fields`, which its documentation still has.
    #[must_use]
    pub fn with_post_fields(mut self) -> Self {
        self.hooks.post_fields = true;
        self.hooked()
    }

    fn hooked(mut self) -> Self {
        self.provider = self.provider.with_hooks(Arc::new(self.hooks.clone()));
        self
    }
}

delegate!(X, provider);
