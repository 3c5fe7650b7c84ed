#![doc = include_str!("README.md")]

mod address;
mod connection;
mod error;
mod join;
mod letter;
mod login;
mod stream;
mod tools;

use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::client::Certificate;

use bailee_core::{
    Capabilities, Cardinality, ConnectKind, Delivered, Join, Joined, Notify, OAuthScopes, Provider,
    ProviderDescriptor, ProviderError, ProviderKey, RefreshMode, RevocationReach, Rotation, Tool, ToolCall,
    ToolOutput, Validate, Validation,
};
use bailee_oauth::{HttpOptions, Reach, TlsClient};

pub(crate) use self::tools::drafts;
use self::{connection::Connection, letter::Letter, login::Login};
use crate::{ConfigError, tool::pick};

/// Mail servers of users, which carry mail to the addresses that the user has set up.
///
/// ```
/// use bailee_core::{ConnectKind, Provider};
/// use bailee_providers::Email;
///
/// let email = Email::new()?;
/// assert_eq!(email.descriptor().connect, ConnectKind::Form);
/// # Ok::<(), bailee_providers::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Email {
    descriptor: ProviderDescriptor,
    tools: Vec<Tool>,
    reach: Reach,
    tls: TlsClient,
    /// What is trusted besides the public authorities.
    roots: Vec<Certificate>,
    /// For a login, and again for what follows it.
    deadline: Duration,
}

impl Email {
    /// Mail servers on ports 465 and 587 of the public internet.
    ///
    /// # Errors
    /// [`ConfigError::HttpClient`] when TLS cannot be set up.
    pub fn new() -> Result<Self, ConfigError> {
        let options = HttpOptions::default();
        Ok(Self {
            descriptor: descriptor()?,
            tools: pick(drafts(), None)?,
            reach: Reach::new([465, 587]),
            tls: TlsClient::new(&options)?,
            roots: Vec::new(),
            deadline: options.timeouts().api,
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

    /// With the certificate authorities and the deadline `api` of these options, and with another reach than ports 465 and
    /// 587 of the public internet. Whatever `reach` allows, any user may have connected to.
    ///
    /// # Errors
    /// [`ConfigError`] when a certificate cannot be used.
    pub fn with_reach(mut self, options: &HttpOptions, reach: Reach) -> Result<Self, ConfigError> {
        let roots = options.root_certificates().map(|root| Certificate::from_der(root.to_vec()));
        let invalid = ConfigError::Invalid { what: "a root certificate" };
        self.roots = roots.collect::<Result<_, _>>().map_err(|_| invalid)?;
        self.tls = TlsClient::new(options)?;
        self.deadline = options.timeouts().api;
        self.reach = reach;
        Ok(self)
    }
}

#[async_trait]
impl Provider for Email {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// Signs in anew: a connection that is open would not notice that the password has changed.
    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        Connection::open(self, &Login::read(request.access_token)?).await?.check(self.deadline).await?;
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
        let text = match news.url() {
            Some(url) => format!("{}\n\n{url}\n", news.text()),
            None => format!("{}\n", news.text()),
        };
        let letter =
            Letter { id: notify.id, subject: news.title(), text: &text, html: None, said_at: notify.said_at };
        let sent = letter.send(self, notify.account).await?;
        Ok(Delivered { reference: Some(sent.message_id) })
    }
}

fn descriptor() -> Result<ProviderDescriptor, ConfigError> {
    Ok(ProviderDescriptor {
        key: ProviderKey::new("email").map_err(|_| ConfigError::Invalid { what: "email" })?,
        name: "Email",
        description: "Connect your mail server for notifications",
        account_url: None,
        aliases: Vec::new(),
        definitions: Vec::new(),
        connect: ConnectKind::Form,
        form: Some(join::form()),
        widget: None,
        settings: Some(address::settings()),
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
