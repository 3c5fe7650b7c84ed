#![doc = include_str!("README.md")]

mod api;
mod bot_token;
mod connect;
mod descriptor;
mod error;
mod message;
mod receive;
mod tools;
mod webhook;

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;
use url::Url;

use self::bot_token::BotToken;
pub(crate) use self::tools::drafts;
use crate::{ConfigError, tool::pick};
use bailee_core::{
    Delivered, Delivery, Join, Joined, Notify, Provider, ProviderDescriptor, ProviderError, Received, Revoke,
    Start, Started, Tool, ToolCall, ToolOutput, Validate, Validation,
};
use bailee_oauth::{HttpClient, HttpOptions};

/// Chats with a bot: the platform's, which all users share, or one that a user made at `@BotFather`.
///
/// ```
/// use bailee_core::{ConnectKind, Provider};
/// use bailee_providers::Telegram;
///
/// let telegram = Telegram::new("781700368:AAEdemoDemoDemoDemoDemoDemoDemoDemo1".to_owned().into())?;
/// assert_eq!(telegram.descriptor().connect, ConnectKind::Pairing);
/// # Ok::<(), bailee_providers::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Telegram {
    descriptor: ProviderDescriptor,
    tools: Vec<Tool>,
    /// The platform's bot.
    shared: BotToken,
    /// The base of the Bot API.
    api: Url,
    /// The base of deep links.
    links: Url,
    http: HttpClient,
    replace_webhook: bool,
}

impl Telegram {
    /// Telegram with all tools; the bot of this token is the one that all users share.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when it is no bot token; [`ConfigError`] when the HTTP client cannot be built.
    pub fn new(bot_token: SecretString) -> Result<Self, ConfigError> {
        let invalid = |what| ConfigError::Invalid { what };
        Ok(Self {
            descriptor: descriptor::new()?,
            tools: pick(drafts(), None)?,
            shared: BotToken::new(bot_token).ok_or(invalid("TELEGRAM_BOT_TOKEN"))?,
            api: Url::parse("https://api.telegram.org/").map_err(|_| invalid("the address of Telegram"))?,
            links: Url::parse("https://t.me/").map_err(|_| invalid("the address of deep links"))?,
            http: HttpClient::new(&HttpOptions::default())?,
            replace_webhook: false,
        })
    }

    /// Telegram with the bot of `TELEGRAM_BOT_TOKEN`; `None` when that is not set.
    ///
    /// # Errors
    /// As [`Telegram::new`].
    #[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
    pub fn from_env() -> Result<Option<Self>, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Telegram::from_env`], with variables from elsewhere.
    ///
    /// # Errors
    /// As [`Telegram::new`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let token = lookup("TELEGRAM_BOT_TOKEN").map(|token| token.trim().to_owned());
        token.filter(|token| !token.is_empty()).map(|token| Self::new(token.into())).transpose()
    }

    /// With only these tools.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that Telegram has no tool of.
    pub fn with_tools<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        self.tools = pick(drafts(), Some(&names))?;
        Ok(self)
    }

    /// Takes the shared bot's webhook over where other software has set one.
    #[must_use]
    pub const fn replace_webhook(mut self) -> Self {
        self.replace_webhook = true;
        self
    }

    /// With the Bot API at another origin: a gateway, a server of one's own, or a mock.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when `origin` has no host.
    pub fn with_endpoints(mut self, origin: &Url) -> Result<Self, ConfigError> {
        let host = origin.host_str().ok_or(ConfigError::Invalid { what: "the origin of the endpoints" })?;
        self.descriptor.token_hosts = vec![host.to_ascii_lowercase()];
        self.api = origin.clone();
        Ok(self)
    }

    /// With deep links to another origin than `https://t.me`: a mock, whose page a person opens.
    #[must_use]
    pub fn with_links(mut self, origin: Url) -> Self {
        self.links = origin;
        self
    }

    /// With an HTTP client of other options: a proxy, a private certificate authority, a mock on this machine.
    #[must_use]
    pub fn with_http(mut self, http: HttpClient) -> Self {
        self.http = http;
        self
    }
}

/// Without the bot's token, and of its address the host only: a gateway may have its key there.
impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram")
            .field("shared", &self.shared)
            .field("host", &self.api.host_str())
            .field("tools", &self.tools.len())
            .field("replace_webhook", &self.replace_webhook)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Provider for Telegram {
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
        connect::start(self, &start).await
    }

    async fn join<'a>(&self, join: Join<'a>) -> Result<Joined, ProviderError> {
        connect::join(self, &join).await
    }

    async fn notify<'a>(&self, notify: Notify<'a>) -> Result<Delivered, ProviderError> {
        message::notify(self, &notify).await
    }

    async fn receive<'a>(&self, delivery: Delivery<'a>) -> Result<Vec<Received>, ProviderError> {
        receive::receive(self, &delivery)
    }
}
