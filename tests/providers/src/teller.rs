//! Teller before its mock.

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::{Value, json};

use bailee_core::{
    Account, AccountId, Credential, DateTime, Delivery, Grant, IntegrationId, Joined, Provider,
    ProviderError, Received, Revoke, SecretString, ToolAccount, ToolCall, ToolName, Utc, Uuid, Validate,
};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Teller, TellerEnvironment};
use bailee_testkit::{
    MockTeller,
    mock_provider::{Endpoint, Fault},
    mock_teller::{
        ACCOUNTS_DELETE, ACCOUNTS_LIST, APPLICATION_ID, BALANCES_GET, CHASE, PNC, TRANSACTIONS_LIST,
        WEBHOOK_SECRET,
    },
    suite::{
        SuiteError,
        provider::join::{JoinKit, Trouble, join_text, word},
    },
};

use crate::output::content;

const ENDPOINTS: [Endpoint; 4] = [ACCOUNTS_DELETE, ACCOUNTS_LIST, BALANCES_GET, TRANSACTIONS_LIST];

/// Teller and its mock.
#[derive(Debug)]
pub struct TellerKit {
    /// The mock.
    pub mock: MockTeller,
    /// The adapter.
    pub teller: Teller,
    account: AccountId,
}

impl TellerKit {
    /// Both, over plain HTTP on loopback.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn open() -> Result<Self> {
        let mock = MockTeller::start().await?;
        Self::with(mock, HttpClient::allow_loopback_http(&HttpOptions::default())?)
    }

    /// A mock of one's own, and a client for it.
    ///
    /// # Errors
    /// When the adapter cannot be built.
    pub fn with(mock: MockTeller, http: HttpClient) -> Result<Self> {
        let teller = Teller::new(APPLICATION_ID, TellerEnvironment::Sandbox, &mock.token_signing_key())?
            .with_webhook_secret(&SecretString::from(WEBHOOK_SECRET))
            .with_endpoints(mock.url().clone())
            .with_http(http);
        Ok(Self { mock, teller, account: AccountId::new(PNC)? })
    }

    /// Joins an enrollment of the mock.
    ///
    /// # Errors
    /// What the adapter answers, or that there is no such enrollment.
    pub async fn join(&self, enrollment: &str) -> Result<Grant> {
        let word = word();
        let fields = self.mock.enroll(enrollment, expose(&word)).context("an enrollment")?;
        Ok(self.join_with(&fields).await?.grant)
    }

    /// Joins with any payload.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn join_with(&self, fields: &Value) -> Result<Joined, ProviderError> {
        join_text(self, &SecretString::from(fields.to_string()), &word(), None).await
    }

    /// Calls a tool on these enrollments; the first is integration 1.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn call(
        &self,
        grants: &[&Grant],
        tool: &str,
        arguments: &Value,
    ) -> Result<Value, ProviderError> {
        let tool = ToolName::new(tool).map_err(|_| ProviderError::Unsupported)?;
        let accounts: Vec<ToolAccount<'_>> = (1..)
            .zip(grants)
            .map(|(number, grant)| ToolAccount {
                integration: integration(number),
                account: &grant.account,
                access_token: &grant.credential.access_token,
                config: &grant.config,
            })
            .collect();
        let call = ToolCall {
            tool: &tool,
            arguments,
            accounts: &accounts,
            idempotency_key: None,
            id: Uuid::nil(),
            now: DateTime::UNIX_EPOCH,
        };
        content(&self.teller, call).await
    }

    /// Probes a grant.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn validate(&self, grant: &Grant) -> Result<Option<Account>, ProviderError> {
        let Grant { credential, account, config, .. } = grant;
        let validate =
            Validate { access_token: &credential.access_token, further: &credential.extra, account, config };
        Ok(self.teller.validate(validate).await?.account)
    }

    /// Deletes an enrollment.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn revoke(&self, credential: &Credential) -> Result<(), ProviderError> {
        self.teller.revoke(Revoke { client: None, credential }).await
    }

    /// Hands a delivery over.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn receive(
        &self,
        headers: &http::HeaderMap,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Vec<Received>, ProviderError> {
        self.teller.receive(Delivery { to: None, headers, body, now }).await
    }

    /// Plants a fault at every endpoint.
    pub fn plant_everywhere(&self, fault: &Fault) {
        for endpoint in ENDPOINTS {
            self.mock.fault(endpoint, fault.clone());
        }
    }
}

/// The integration of that number.
#[must_use]
pub fn integration(number: u64) -> IntegrationId {
    IntegrationId::from_parts(number, [7; 10])
}

fn expose(word: &SecretString) -> &str {
    bailee_core::ExposeSecret::expose_secret(word)
}

#[async_trait]
impl JoinKit for TellerKit {
    fn provider(&self) -> &dyn Provider {
        &self.teller
    }

    fn fields(&self, word: &SecretString) -> Result<Value, SuiteError> {
        // Under another word, the one that is left: the first may have been deleted.
        let fields = self.mock.enroll(PNC, expose(word)).or_else(|| self.mock.enroll(CHASE, expose(word)));
        fields.ok_or_else(|| "no enrollment".into())
    }

    fn fields_with_a_bad_secret(&self, word: &SecretString) -> Result<Option<Value>, SuiteError> {
        Ok(Some(self.mock.signed(expose(word), "test_token_unknown", "usr_1", PNC, "PNC")))
    }

    fn wrong_fields(&self, word: &SecretString) -> Result<Vec<(Value, &'static str)>, SuiteError> {
        let signed = |token, user, enrollment| self.mock.signed(expose(word), token, user, enrollment, "PNC");
        let changed = |pointer: &str, value: Value| -> Result<Value, SuiteError> {
            let mut fields = self.fields(word)?;
            *fields.pointer_mut(pointer).ok_or("a member")? = value;
            Ok(fields)
        };
        Ok(vec![
            (changed("/signatures", json!([]))?, "/signatures"),
            (changed("/enrollment/institution", json!("PNC"))?, "/enrollment/institution"),
            (signed("a.b", "usr_1", PNC), "/accessToken"),
            (signed("a\r\nb", "usr_1", PNC), "/accessToken"),
            (signed("token", "usr.1", PNC), "/user/id"),
            (signed("token", "usr_1", "../accounts"), "/enrollment/id"),
        ])
    }

    fn account(&self) -> AccountId {
        self.account.clone()
    }

    fn asked(&self) -> usize {
        self.mock.requests().len()
    }

    fn secrets(&self) -> Vec<String> {
        self.mock.secrets()
    }

    fn plant(&self, trouble: Trouble) {
        let echo = json!({ "error": { "code": Trouble::CANARY, "message": Trouble::CANARY } });
        self.plant_everywhere(&match trouble {
            Trouble::Cut => Fault::DropAfterProcessing,
            Trouble::Down => Fault::Unavailable { retry_after: Some(3) },
            Trouble::Nonsense => Fault::Answer { status: 200, json: echo },
        });
    }

    fn heal(&self) {
        self.mock.heal();
    }

    fn end_access(&self) -> bool {
        self.mock.delete_enrollment(PNC);
        true
    }

    fn messages(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn destinations(&self) -> Vec<String> {
        Vec::new()
    }
}
