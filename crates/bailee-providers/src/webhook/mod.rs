#![doc = include_str!("README.md")]

mod credential;
mod delivery;
mod join;
mod sink;
mod tools;

use async_trait::async_trait;
use serde_json::{Map, Value};

use bailee_core::{
    Capabilities, Cardinality, ConnectKind, Delivered, Join, Joined, Notify, OAuthScopes, Provider,
    ProviderDescriptor, ProviderError, ProviderKey, RefreshMode, RevocationReach, Rotation, Tool, ToolCall,
    ToolOutput, Validate, Validation,
};
use bailee_oauth::{HttpClient, HttpOptions, Reach};

pub use self::sink::WebhookSink;
pub(crate) use self::tools::drafts;
use self::{credential::Endpoint, delivery::Message};
use crate::{ConfigError, tool::pick};

/// Addresses that users name, and that get signed news.
///
/// ```
/// use bailee_core::{ConnectKind, Provider};
/// use bailee_providers::Webhook;
///
/// let webhook = Webhook::new()?;
/// assert_eq!(webhook.descriptor().connect, ConnectKind::Form);
/// # Ok::<(), bailee_providers::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Webhook {
    descriptor: ProviderDescriptor,
    tools: Vec<Tool>,
    reach: Reach,
    http: HttpClient,
}

impl Webhook {
    /// Webhooks on port 443 of the public internet; one for each owner.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built.
    pub fn new() -> Result<Self, ConfigError> {
        let reach = Reach::new([443]);
        Ok(Self {
            descriptor: descriptor()?,
            tools: pick(drafts(), None)?,
            http: HttpClient::within(&HttpOptions::default(), reach.clone())?,
            reach,
        })
    }

    /// With only these tools; none makes it a channel for notifications alone.
    ///
    /// # Errors
    /// [`ConfigError::UnknownTool`] for a name that it has no tool of.
    pub fn with_tools<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Result<Self, ConfigError> {
        let names: Vec<&str> = names.into_iter().collect();
        self.tools = pick(drafts(), Some(&names))?;
        Ok(self)
    }

    /// With several webhooks for each owner.
    #[must_use]
    pub const fn allow_multiple(mut self) -> Self {
        self.descriptor.cardinality = Cardinality::Many;
        self
    }

    /// With other HTTP options, and with another reach than port 443 of the public internet. Whatever `reach` allows, any
    /// user may have asked.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built; a proxy is refused, as it would resolve names unchecked.
    pub fn with_reach(mut self, options: &HttpOptions, reach: Reach) -> Result<Self, ConfigError> {
        self.http = HttpClient::within(options, reach.clone())?;
        self.reach = reach;
        Ok(self)
    }
}

#[async_trait]
impl Provider for Webhook {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// Looks at the address and asks nobody: there is no request without effect.
    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        let endpoint = Endpoint::read(request.access_token)?;
        join::check_target(&self.reach, &endpoint.url()?).await?;
        Ok(Validation { account: None })
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        tools::call(self, &call).await
    }

    async fn join<'a>(&self, join: Join<'a>) -> Result<Joined, ProviderError> {
        join::join(self, &join).await
    }

    async fn notify<'a>(&self, notify: Notify<'a>) -> Result<Delivered, ProviderError> {
        let news = notify.notification;
        let mut data = Map::from_iter([
            ("title".to_owned(), Value::from(news.title())),
            ("text".to_owned(), Value::from(news.text())),
            ("data".to_owned(), Value::Object(news.data().clone())),
        ]);
        if let Some(url) = news.url() {
            data.insert("url".to_owned(), Value::from(url.as_str()));
        }
        let message = Message {
            id: format!("msg_{}", notify.id.simple()),
            event: news.event(),
            said_at: notify.said_at,
            data: &Value::Object(data),
        };
        // The receiver knows a repetition by its id.
        let unanswered = ProviderError::Unavailable { retry_after: None };
        message.send(&self.http, notify.account.access_token, notify.now, unanswered).await?;
        Ok(Delivered { reference: Some(message.id) })
    }
}

fn descriptor() -> Result<ProviderDescriptor, ConfigError> {
    Ok(ProviderDescriptor {
        key: ProviderKey::new("webhook").map_err(|_| ConfigError::Invalid { what: "webhook" })?,
        name: "Webhook",
        description: "Connect an address of yours for notifications",
        account_url: None,
        aliases: Vec::new(),
        definitions: Vec::new(),
        connect: ConnectKind::Form,
        form: Some(join::form()),
        widget: None,
        // The address is a secret and decides where things go: it changes by joining again, and by nothing else.
        settings: None,
        cardinality: Cardinality::One,
        capabilities: Capabilities::NOTIFY | Capabilities::VALIDATE,
        requested: OAuthScopes::default(),
        reading: OAuthScopes::default(),
        refresh: RefreshMode::Lazy,
        rotation: Rotation::Static,
        revocation: RevocationReach::Grant,
        issuer: None,
        // Whichever the user named; the credential holds it.
        token_hosts: Vec::new(),
    })
}
