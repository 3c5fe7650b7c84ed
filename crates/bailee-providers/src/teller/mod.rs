#![doc = include_str!("README.md")]

mod api;
mod connect;
mod encoding;
mod error;
mod hook;
mod setup;
mod signature;
mod tools;

use std::fmt;

use async_trait::async_trait;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use bailee_core::{
    Capabilities, Cardinality, ConnectKind, Delivery, Join, Joined, OAuthScopes, Provider,
    ProviderDescriptor, ProviderError, ProviderKey, Received, RefreshMode, RevocationReach, Revoke, Rotation,
    Start, Started, Tool, ToolCall, ToolOutput, Validate, Validation, WidgetSources,
};
use bailee_oauth::{HttpClient, HttpOptions, Identity};

pub use self::setup::TellerEnvironment;
use self::signature::SigningKey;
pub(crate) use self::tools::drafts;
use crate::{ConfigError, tool::pick};

/// Bank logins that users enroll in Teller Connect, and what agents read of them.
///
/// ```
/// use bailee_core::Provider;
/// use bailee_providers::{Teller, TellerEnvironment};
///
/// // The token signing key of Teller's dashboard.
/// let key = "7hMn7McffBTb9GZ1B312KOu+oE4WNdS/wErzk8F64JY=";
/// let teller = Teller::new("app_demo", TellerEnvironment::Sandbox, key)?;
/// assert_eq!(teller.tools().len(), 3);
/// # Ok::<(), bailee_providers::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Teller {
    descriptor: ProviderDescriptor,
    tools: Vec<Tool>,
    application_id: String,
    environment: TellerEnvironment,
    signing_key: SigningKey,
    hook_key: Option<hmac::Key>,
    products: Vec<String>,
    api: Url,
    http: HttpClient,
}

impl Teller {
    /// An application of Teller, with the token signing key of its dashboard: 32 bytes in base64 or hexadecimal, or PEM.
    ///
    /// Outside of the sandbox Teller wants a certificate: see [`Teller::with_identity`].
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when the key is none; [`ConfigError::HttpClient`].
    pub fn new(
        application_id: impl Into<String>,
        environment: TellerEnvironment,
        token_signing_key: &str,
    ) -> Result<Self, ConfigError> {
        let invalid = ConfigError::Invalid { what: "TELLER_TOKEN_SIGNING_KEY" };
        let api = address("https://api.teller.io/")?;
        Ok(Self {
            descriptor: descriptor(&api)?,
            tools: pick(drafts(), None)?,
            application_id: application_id.into(),
            environment,
            signing_key: SigningKey::parse(token_signing_key).ok_or(invalid)?,
            hook_key: None,
            products: ["balance", "transactions"].map(str::to_owned).to_vec(),
            api,
            http: HttpClient::new(&HttpOptions::default())?,
        })
    }

    /// Teller as the variables of its README configure it; `None` when none of them is set.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] with the name of one that is not set although others are; [`ConfigError::Invalid`].
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Teller::from_env`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`Teller::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        setup::from_lookup(lookup)
    }

    /// With the certificate of the application, which every request then shows.
    ///
    /// # Errors
    /// [`ConfigError::HttpClient`] when certificate and key do not belong together.
    pub fn with_identity(self, identity: Identity) -> Result<Self, ConfigError> {
        Ok(self.with_http(HttpClient::new(&HttpOptions::default().with_identity(identity))?))
    }

    /// With the signing secret of the application's webhook: what Teller tells by itself is then received.
    #[must_use]
    pub fn with_webhook_secret(mut self, secret: &SecretString) -> Self {
        self.hook_key = Some(hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes()));
        self.descriptor.capabilities |= Capabilities::RECEIVE;
        self
    }

    /// With other products than `balance` and `transactions`; Teller bills by them.
    #[must_use]
    pub fn with_products<'a>(mut self, products: impl IntoIterator<Item = &'a str>) -> Self {
        self.products = products.into_iter().map(str::to_owned).collect();
        self
    }

    /// With only these tools.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that it has no tool of.
    pub fn with_tools<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        self.tools = pick(drafts(), Some(&names))?;
        Ok(self)
    }

    /// With API and Teller Connect at another address, which has the script at `connect/connect.js` below it: a mock, or a
    /// gateway that serves both.
    #[must_use]
    pub fn with_endpoints(mut self, base: Url) -> Self {
        let mut script = base.clone();
        if let Ok(mut path) = script.path_segments_mut() {
            path.pop_if_empty().extend(["connect", "connect.js"]);
        }
        if let Some(widget) = &mut self.descriptor.widget {
            (widget.script, widget.frame) = (script, base.clone());
        }
        self.descriptor.token_hosts = base.host_str().map(str::to_owned).into_iter().collect();
        self.api = base;
        self
    }

    /// With an HTTP client of other options. It replaces the one of [`Teller::with_identity`], certificate included.
    #[must_use]
    pub fn with_http(mut self, http: HttpClient) -> Self {
        self.http = http;
        self
    }
}

#[async_trait]
impl Provider for Teller {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn tools(&self) -> &[Tool] {
        &self.tools
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

    async fn start<'a>(&self, start: Start<'a>) -> Result<Started, ProviderError> {
        Ok(connect::start(self, &start))
    }

    async fn join<'a>(&self, join: Join<'a>) -> Result<Joined, ProviderError> {
        connect::join(self, &join).await
    }

    async fn receive<'a>(&self, delivery: Delivery<'a>) -> Result<Vec<Received>, ProviderError> {
        let key = self.hook_key.as_ref().ok_or(ProviderError::Unsupported)?;
        hook::receive(key, &delivery)
    }
}

/// No key of it.
impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller")
            .field("application_id", &self.application_id)
            .field("environment", &self.environment)
            .field("api", &self.api.host_str())
            .field("tools", &self.tools.len())
            .finish_non_exhaustive()
    }
}

fn descriptor(api: &Url) -> Result<ProviderDescriptor, ConfigError> {
    Ok(ProviderDescriptor {
        key: ProviderKey::new("teller").map_err(|_| ConfigError::Invalid { what: "teller" })?,
        name: "Teller",
        description: "Connect your bank accounts",
        account_url: None,
        aliases: Vec::new(),
        definitions: Vec::new(),
        connect: ConnectKind::Widget,
        form: Some(connect::form()),
        widget: Some(WidgetSources {
            script: address("https://cdn.teller.io/connect/connect.js")?,
            frame: address("https://teller.io/")?,
            setup: include_str!("widget.js"),
        }),
        settings: None,
        cardinality: Cardinality::Many,
        capabilities: Capabilities::REVOKE | Capabilities::VALIDATE,
        requested: OAuthScopes::default(),
        reading: OAuthScopes::default(),
        refresh: RefreshMode::Lazy,
        rotation: Rotation::Static,
        // The token belongs to the enrollment: deleting that ends it for everybody who has it.
        revocation: RevocationReach::Account,
        issuer: None,
        token_hosts: api.host_str().map(str::to_owned).into_iter().collect(),
    })
}

fn address(text: &'static str) -> Result<Url, ConfigError> {
    Url::parse(text).map_err(|_| ConfigError::Invalid { what: text })
}
