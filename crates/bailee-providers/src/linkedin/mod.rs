#![doc = include_str!("README.md")]

mod error;
mod hooks;
mod little_text;
mod tools;

use std::sync::Arc;

use http::HeaderValue;
use url::Url;

use bailee_core::{ClientRegistration, OAuthScopes};
use bailee_oauth::{HttpClient, OAuthDefinition, OAuthProvider};

use self::hooks::Hooks;
pub(crate) use self::tools::drafts;
use crate::{ConfigError, config, delegate::delegate, tool::pick};

/// Accounts of LinkedIn, and what agents do with them.
///
/// ```
/// use bailee_core::{ClientId, ClientRegistration, Provider};
/// use bailee_providers::LinkedIn;
///
/// let registration = ClientRegistration::new(ClientId::new("client-1")?, "secret".to_owned().into());
/// let linkedin = LinkedIn::new(registration)?;
/// let names: Vec<&str> = linkedin.tools().iter().map(|tool| tool.name.as_str()).collect();
/// assert_eq!(names, ["post_to_linkedin"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinkedIn {
    provider: OAuthProvider,
    hooks: Hooks,
    /// Whether LinkedIn approved the registration for messages.
    partner: bool,
}

impl LinkedIn {
    /// The version of the API that is asked for unless [`LinkedIn::with_version`] names another.
    pub const VERSION: &str = "202601";

    /// LinkedIn with the tools that every app may have, for new connects by this OAuth client.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built.
    pub fn new(registration: ClientRegistration) -> Result<Self, ConfigError> {
        let unsound = |_| ConfigError::Invalid { what: "the definition of LinkedIn" };
        let definition = OAuthDefinition::from_toml(include_str!("linkedin.toml")).map_err(unsound)?;
        let api = "https://api.linkedin.com/";
        let hooks = Hooks {
            api: Url::parse(api).map_err(|_| ConfigError::Invalid { what: api })?,
            tools: pick(tools::available(false), None)?,
            version: HeaderValue::from_static(Self::VERSION),
        };
        let provider = OAuthProvider::new(definition, registration)?;
        Ok(Self { provider, hooks, partner: false }.hooked())
    }

    /// LinkedIn as `LINKEDIN_CLIENT_ID` and `LINKEDIN_CLIENT_SECRET` configure it; `None` when neither is set.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] with the name of the one that is not set.
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`LinkedIn::from_env`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`LinkedIn::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let registration = config::registration(lookup, "LINKEDIN_CLIENT_ID", "LINKEDIN_CLIENT_SECRET")?;
        registration.map(Self::new).transpose()
    }

    /// With only these tools. Consent asks for the same scopes whichever they are.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that LinkedIn has no tool of, or one that needs
    /// [`LinkedIn::with_partner_messaging`] before.
    pub fn with_tools<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        self.hooks.tools = pick(tools::available(self.partner), Some(&names))?;
        Ok(self.hooked())
    }

    /// With the tools for messages too, and with consent to these scopes: only for an app that LinkedIn approved for
    /// them as a partner, with the scopes that came with the approval. All tools are enabled then.
    ///
    /// To ask for another set of scopes ends every grant of the earlier one.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] never happens for these tools.
    pub fn with_partner_messaging(mut self, scopes: &OAuthScopes) -> Result<Self, ConfigError> {
        self.partner = true;
        self.hooks.tools = pick(tools::available(true), None)?;
        self.provider = self.provider.with_scopes(scopes);
        Ok(self.hooked())
    }

    /// With another version of the API: `YYYYMM`. LinkedIn answers each for a year at least.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when it is not six digits.
    pub fn with_version(mut self, version: &str) -> Result<Self, ConfigError> {
        let usable = version.len() == 6 && version.bytes().all(|byte| byte.is_ascii_digit());
        self.hooks.version = HeaderValue::from_str(version)
            .ok()
            .filter(|_| usable)
            .ok_or(ConfigError::Invalid { what: "the version of LinkedIn's API" })?;
        Ok(self.hooked())
    }

    /// With one more OAuth client, whose earlier grants are still refreshed with it.
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

    fn hooked(mut self) -> Self {
        self.provider = self.provider.with_hooks(Arc::new(self.hooks.clone()));
        self
    }
}

delegate!(LinkedIn, provider);
