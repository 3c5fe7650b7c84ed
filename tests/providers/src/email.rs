//! Mail before a mail server.

use std::{net::IpAddr, time::Duration};

use anyhow::Result;
use async_trait::async_trait;
use serde_json::{Value, json};

use bailee_core::DateTime;
use bailee_core::{
    AccountId, Grant, IntegrationId, Provider, ProviderError, SecretString, ToolAccount, ToolCall, ToolName,
    Uuid, Validate,
};
use bailee_oauth::{HttpOptions, Reach, ReachError, Resolver, Timeouts};
use bailee_providers::Email;
use bailee_testkit::{
    MockSmtp,
    mock_smtp::{PASSWORD, SmtpFault, SmtpSecurity, USERNAME},
    suite::{
        SuiteError,
        provider::join::{JoinKit, Trouble, join_with},
    },
};

use crate::output::content;

/// Where mails go.
pub const RECIPIENTS: [&str; 2] = ["ada@example.test", "ops+pager@example.test"];

/// Every name is this machine.
#[derive(Clone, Copy, Debug)]
pub struct Here;

#[async_trait]
impl Resolver for Here {
    async fn resolve(&self, _name: &str) -> Result<Vec<IpAddr>, ReachError> {
        Ok(vec![IpAddr::from([127, 0, 0, 1])])
    }
}

/// A mail server, and the adapter, which may reach it.
#[derive(Debug)]
pub struct EmailKit {
    /// The mail server.
    pub mock: MockSmtp,
    /// The adapter.
    pub email: Email,
    security: SmtpSecurity,
    account: AccountId,
}

impl EmailKit {
    /// Both; the adapter may reach the server's port on 127.0.0.1.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn open(security: SmtpSecurity) -> Result<Self> {
        let mock = MockSmtp::start(security).await?;
        Self::with(mock, security, Duration::from_secs(20))
    }

    /// A server of one's own, with this deadline.
    ///
    /// # Errors
    /// When the adapter cannot be built.
    pub fn with(mock: MockSmtp, security: SmtpSecurity, deadline: Duration) -> Result<Self> {
        let reach =
            Reach::new([mock.port()]).with_network("127.0.0.1/32")?.with_resolver(std::sync::Arc::new(Here));
        let options = HttpOptions::default()
            .with_root_certificate_der(mock.root_certificate_der().to_vec())
            .with_timeouts(Timeouts { api: deadline, ..Timeouts::default() });
        let account = AccountId::new(format!("{USERNAME}@127.0.0.1"))?;
        Ok(Self { email: Email::new()?.with_reach(&options, reach)?, mock, security, account })
    }

    /// The fields of a join that works.
    #[must_use]
    pub fn good(&self) -> Value {
        let security = match self.security {
            SmtpSecurity::ImplicitTls => "implicit_tls",
            SmtpSecurity::StartTls => "starttls",
        };
        json!({
            "host": "127.0.0.1", "port": self.mock.port(), "security": security,
            "username": USERNAME, "password": PASSWORD,
            "from_address": "alerts@example.test", "from_name": "Ada", "recipients": RECIPIENTS,
        })
    }

    /// The same with one field changed.
    #[must_use]
    pub fn with_field(&self, name: &str, value: Value) -> Value {
        let mut fields = self.good();
        if let Some(members) = fields.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        fields
    }

    /// Joins.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn join(&self, fields: &Value) -> Result<Grant, ProviderError> {
        Ok(join_with(self, fields, None).await?.grant)
    }

    /// Calls the tool.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn call(&self, grant: &Grant, arguments: &Value) -> Result<Value, ProviderError> {
        let tool = ToolName::new("send_email_notification").map_err(|_| ProviderError::Unsupported)?;
        let account = ToolAccount {
            integration: IntegrationId::from_parts(1, [7; 10]),
            account: &grant.account,
            access_token: &grant.credential.access_token,
            config: &grant.config,
        };
        let call = ToolCall {
            tool: &tool,
            arguments,
            accounts: &[account],
            idempotency_key: None,
            id: Uuid::from_u128(42),
            now: DateTime::UNIX_EPOCH,
        };
        content(&self.email, call).await
    }

    /// Signs in anew.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn validate(&self, grant: &Grant) -> Result<(), ProviderError> {
        let Grant { credential, account, config, .. } = grant;
        let validate =
            Validate { access_token: &credential.access_token, further: &credential.extra, account, config };
        self.email.validate(validate).await.map(drop)
    }
}

#[async_trait]
impl JoinKit for EmailKit {
    fn provider(&self) -> &dyn Provider {
        &self.email
    }

    fn fields(&self, _word: &SecretString) -> Result<Value, SuiteError> {
        Ok(self.good())
    }

    fn fields_with_a_bad_secret(&self, _word: &SecretString) -> Result<Option<Value>, SuiteError> {
        Ok(Some(self.with_field("password", json!("not-the-password"))))
    }

    fn wrong_fields(&self, _word: &SecretString) -> Result<Vec<(Value, &'static str)>, SuiteError> {
        Ok(vec![
            (self.with_field("host", json!("10.0.0.1")), "/host"),
            (self.with_field("host", json!("localhost")), "/host"),
            (self.with_field("host", json!("not a host")), "/host"),
            (self.with_field("port", json!(25)), "/port"),
            (self.with_field("port", json!(0)), "/port"),
            (self.with_field("security", json!("none")), "/security"),
            (self.with_field("username", json!("a\r\nb")), "/username"),
            (self.with_field("password", json!("a\u{0}b")), "/password"),
            (self.with_field("from_address", json!("nobody")), "/from_address"),
            (self.with_field("from_name", json!("Eve\r\nBcc: x@evil.example")), "/from_name"),
            (self.with_field("reply_to", json!("a@b.c, d@e.f")), "/reply_to"),
            (self.with_field("recipients", json!([])), "/recipients"),
            (self.with_field("recipients", json!(["ada@example.test", "x@y>\r\nDATA"])), "/recipients/1"),
            (self.with_field("recipients", json!(vec!["ada@example.test"; 11])), "/recipients"),
            (self.with_field("bcc", json!("x@evil.example")), ""),
        ])
    }

    fn account(&self) -> AccountId {
        self.account.clone()
    }

    fn asked(&self) -> usize {
        self.mock.connections()
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned(), "not-the-password".to_owned()]
    }

    fn plant(&self, trouble: Trouble) {
        self.mock.fault(match trouble {
            Trouble::Cut => SmtpFault::Cut,
            Trouble::Down => SmtpFault::Banner(format!("421 4.3.2 {} {PASSWORD}", Trouble::CANARY)),
            Trouble::Nonsense => SmtpFault::Banner(format!("<html>{}", Trouble::CANARY)),
        });
    }

    fn heal(&self) {
        self.mock.heal();
    }

    fn end_access(&self) -> bool {
        self.mock.set_password("another one");
        true
    }

    fn messages(&self) -> Vec<(String, String)> {
        let each = |message: bailee_testkit::mock_smtp::SmtpMessage| {
            let data = message.data;
            message.recipients.into_iter().map(move |recipient| (recipient, data.clone()))
        };
        self.mock.messages().into_iter().flat_map(each).collect()
    }

    fn destinations(&self) -> Vec<String> {
        RECIPIENTS.map(str::to_owned).to_vec()
    }
}
