//! Webhooks before a receiver.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use bailee_core::{
    Account, AccountId, Credential, DateTime, IntegrationId, Join, Joined, Notification, Notify, Previous,
    Provider, ProviderError, SecretString, ToolAccount, ToolCall, ToolName, Utc, Uuid, Validate,
};
use bailee_oauth::{HttpOptions, Reach, Timeouts};
use bailee_providers::Webhook;
use bailee_testkit::{
    MockReceiver,
    mock_provider::Fault,
    suite::{
        SuiteError,
        provider::join::{JoinKit, Trouble},
    },
};

use crate::output::content;

/// The path of the receiver, which is a secret.
pub const PATH: &str = "/hooks/k3y-in-the-path";
/// 32 bytes in base64url.
pub const RANDOM: &str = "-_-_CAkKCwwNDg8QERITFBUWFxgZGhscHR4fICEiIyQ";

/// A receiver, and the adapter, which may reach it.
#[derive(Debug)]
pub struct WebhookKit {
    /// The receiver.
    pub receiver: MockReceiver,
    /// The adapter.
    pub webhook: Webhook,
    account: AccountId,
}

impl WebhookKit {
    /// Both; the adapter may reach the receiver's port on 127.0.0.1.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn open() -> Result<Self> {
        let receiver = MockReceiver::start().await?;
        let reach = Reach::new([receiver.port()]).with_network("127.0.0.1/32")?;
        Self::with(receiver, reach)
    }

    /// A receiver of one's own, as far as `reach` allows.
    ///
    /// # Errors
    /// When the adapter cannot be built.
    pub fn with(receiver: MockReceiver, reach: Reach) -> Result<Self> {
        let timeouts = Timeouts { api: Duration::from_secs(5), ..Timeouts::default() };
        let options = HttpOptions::default()
            .with_root_certificate_der(receiver.root_certificate_der().to_vec())
            .with_timeouts(timeouts);
        let url = receiver.url(PATH)?;
        Ok(Self {
            webhook: Webhook::new()?.with_reach(&options, reach)?,
            account: AccountId::new(format!("127.0.0.1/{}", sha256_start(url.as_str())))?,
            receiver,
        })
    }

    /// The address of the receiver.
    ///
    /// # Errors
    /// Never for this path.
    pub fn url(&self) -> Result<String> {
        Ok(self.receiver.url(PATH)?.into())
    }

    /// Joins with these fields.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn join(
        &self,
        fields: &Value,
        previous: Option<&Credential>,
        now: DateTime<Utc>,
    ) -> Result<Joined, ProviderError> {
        join_at(&self.webhook, fields, previous, now).await
    }

    /// A credential of any address, as if it had been joined when that was still allowed.
    #[must_use]
    pub fn credential(url: &str) -> SecretString {
        let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        json!({ "url": url, "secret": secret }).to_string().into()
    }

    /// Calls `call_webhook`.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn call(
        &self,
        access_token: &SecretString,
        arguments: &Value,
        idempotency_key: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Value, ProviderError> {
        let account = account().map_err(|_| ProviderError::Unsupported)?;
        let tool = ToolName::new("call_webhook").map_err(|_| ProviderError::Unsupported)?;
        let call = ToolCall {
            tool: &tool,
            arguments,
            accounts: &[tool_account(&account, access_token)],
            idempotency_key,
            id: Uuid::from_u128(42),
            now,
        };
        content(&self.webhook, call).await
    }

    /// Sends a notification.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn notify(
        &self,
        access_token: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<String, ProviderError> {
        let account = account().map_err(|_| ProviderError::Unsupported)?;
        let notification = Notification::new("playbook.finished", "Backup", "All 12 steps are done.")
            .map_err(|_| ProviderError::Unsupported)?;
        let account = tool_account(&account, access_token);
        let id = Uuid::from_u128(7);
        let notify =
            Notify { account: &account, notification: &notification, id, said_at: DateTime::UNIX_EPOCH, now };
        Ok(self.webhook.notify(notify).await?.reference.unwrap_or_default())
    }

    /// Looks at the address.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn validate(&self, access_token: &SecretString) -> Result<(), ProviderError> {
        let account = account().map_err(|_| ProviderError::Unsupported)?;
        let validate = Validate {
            access_token,
            further: &BTreeMap::new(),
            account: &account,
            config: &serde_json::Map::new(),
        };
        self.webhook.validate(validate).await.map(drop)
    }
}

/// Joins at any webhook adapter.
///
/// # Errors
/// What the adapter answers.
pub async fn join_at(
    webhook: &Webhook,
    fields: &Value,
    previous: Option<&Credential>,
    now: DateTime<Utc>,
) -> Result<Joined, ProviderError> {
    let hook =
        "https://app.example.test/api/hooks/webhook/o".parse().map_err(|_| ProviderError::Unsupported)?;
    let word = SecretString::from("word");
    let config = serde_json::Map::new();
    let join = Join {
        fields: &SecretString::from(fields.to_string()),
        word: &word,
        random: &SecretString::from(RANDOM),
        hook: &hook,
        previous: previous.map(|credential| Previous { credential, config: &config }),
        now,
    };
    webhook.join(join).await
}

/// The first eight bytes, in hexadecimal.
fn sha256_start(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    hash.as_ref().iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn account() -> Result<Account> {
    Ok(Account { id: AccountId::new("127.0.0.1/0")?, label: None })
}

fn tool_account<'a>(account: &'a Account, access_token: &'a SecretString) -> ToolAccount<'a> {
    static NONE: std::sync::LazyLock<serde_json::Map<String, Value>> =
        std::sync::LazyLock::new(serde_json::Map::new);
    ToolAccount { integration: IntegrationId::from_parts(1, [7; 10]), account, access_token, config: &NONE }
}

#[async_trait]
impl JoinKit for WebhookKit {
    fn provider(&self) -> &dyn Provider {
        &self.webhook
    }

    fn fields(&self, _word: &SecretString) -> Result<Value, SuiteError> {
        Ok(json!({ "url": self.url()? }))
    }

    fn fields_with_a_bad_secret(&self, _word: &SecretString) -> Result<Option<Value>, SuiteError> {
        Ok(None)
    }

    fn wrong_fields(&self, _word: &SecretString) -> Result<Vec<(Value, &'static str)>, SuiteError> {
        let url = self.url()?;
        let short = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=";
        Ok(vec![
            (json!({ "url": "https:" }), "/url"),
            (json!({ "url": "not an address" }), "/url"),
            (json!({ "url": url, "secret": "whsec_" }), "/secret"),
            (json!({ "url": url, "secret": short }), "/secret"),
            (json!({ "url": url, "secret": "w".repeat(50) }), "/secret"),
            (json!({ "url": url, "headers": {} }), ""),
        ])
    }

    fn account(&self) -> AccountId {
        self.account.clone()
    }

    fn asked(&self) -> usize {
        self.receiver.requests().len()
    }

    fn secrets(&self) -> Vec<String> {
        vec![PATH.to_owned()]
    }

    fn plant(&self, trouble: Trouble) {
        match trouble {
            Trouble::Cut => drop(self.receiver.fault(Fault::DropAfterProcessing)),
            Trouble::Down => drop(self.receiver.fault(Fault::Unavailable { retry_after: None })),
            Trouble::Nonsense => drop(self.receiver.answer_with(500)),
        }
    }

    fn heal(&self) {
        self.receiver.heal();
    }

    fn end_access(&self) -> bool {
        false
    }

    fn messages(&self) -> Vec<(String, String)> {
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        self.receiver.requests().into_iter().map(|request| (request.path, text(&request.body))).collect()
    }

    fn destinations(&self) -> Vec<String> {
        vec![PATH.to_owned()]
    }
}

/// A header of the newest request.
///
/// # Errors
/// When there is none.
pub fn newest_header(receiver: &MockReceiver, name: &str) -> Result<String> {
    let requests = receiver.requests();
    let newest = requests.last().context("a request")?;
    Ok(newest.header(name).with_context(|| format!("the header {name}"))?.to_owned())
}
