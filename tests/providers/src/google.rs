use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use bailee_core::{
    AccountId, Begin, ClientCredentials, ClientId, ClientRegistration, Credential, Exchange, Grant,
    OAuthScope, OAuthScopes, Provider, ProviderError, Refresh, Renewal, Revoke, SecretString,
};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::{
    MockClock, MockGoogle,
    mock_google::{ACCOUNT_EMAIL, ACCOUNT_SUB, CLIENT_ID, CLIENT_SECRET},
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::{SuiteError, provider::Kit},
};

use crate::output::called;

const VERIFIER: &str = "verifier-0123456789-0123456789-0123456789-01";

/// The adapter, pointed at a mock.
///
/// # Errors
/// When it cannot be built.
pub fn google_at(mock: &MockGoogle, http: HttpClient) -> Result<Google> {
    let secret = SecretString::from(CLIENT_SECRET);
    let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, secret);
    Ok(Google::new(registration)?.with_endpoints(GoogleEndpoints::at(mock.url())?).with_http(http))
}

/// Google and its mock.
#[derive(Debug)]
pub struct GoogleKit {
    /// The mock.
    pub mock: MockGoogle,
    /// The adapter.
    pub google: Google,
    further: OAuthScope,
    account: AccountId,
    redirect_uri: Url,
}

impl GoogleKit {
    /// Both, over plain HTTP on loopback.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn open() -> Result<Self> {
        Self::with(MockGoogle::start().await?, HttpClient::allow_loopback_http(&HttpOptions::default())?)
    }

    /// A mock of one's own, and a client for it.
    ///
    /// # Errors
    /// When the adapter cannot be built.
    pub fn with(mock: MockGoogle, http: HttpClient) -> Result<Self> {
        Ok(Self {
            google: google_at(&mock, http)?,
            mock,
            further: OAuthScope::new("https://www.googleapis.com/auth/drive.metadata.readonly")?,
            account: AccountId::new(ACCOUNT_SUB)?,
            redirect_uri: "https://app.example.test/api/oauth/google/callback".parse()?,
        })
    }

    /// The consent page of a connect.
    ///
    /// # Errors
    /// When the adapter refuses.
    pub async fn consent_page(&self, state: &str) -> Result<(Url, OAuthScopes)> {
        let verifier = SecretString::from(VERIFIER);
        let asked = Begin {
            client_id: &ClientId::new(CLIENT_ID)?,
            redirect_uri: &self.redirect_uri,
            state: &SecretString::from(state),
            pkce_verifier: &verifier,
            alias: None,
            already_granted: &OAuthScopes::default(),
            account: None,
        };
        let begun = self.google.begin(asked).await?;
        Ok((begun.url, begun.requested))
    }

    /// Exchanges the code of a callback.
    ///
    /// # Errors
    /// What the adapter answers, or that there is no code.
    pub async fn exchange(&self, callback: &Url, requested: &OAuthScopes) -> Result<Grant> {
        let code = SecretString::from(parameter(callback, "code").context("the callback has a code")?);
        let exchange = Exchange {
            client: self.credentials()?,
            code: &code,
            pkce_verifier: &SecretString::from(VERIFIER),
            redirect_uri: &self.redirect_uri,
            requested,
            clock: &MockClock::new(),
        };
        Ok(self.google.exchange(exchange).await?)
    }

    /// Joins the mock's account, which allows everything but these scopes.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn connect_without(&self, unticked: &[&str]) -> Result<Grant> {
        let (page, requested) = self.consent_page("state-1").await?;
        let consent = unticked.iter().fold(self.mock.consent(&page), |consent, scope| consent.without(scope));
        self.exchange(&consent.allow()?, &requested).await
    }

    /// Joins the mock's account with everything that is asked for.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn connect(&self) -> Result<Grant> {
        self.connect_without(&[]).await
    }

    /// Refreshes a credential.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn refresh(&self, credential: &Credential) -> Result<Renewal, ProviderError> {
        let client = self.credentials()?;
        self.google.refresh(Refresh { client, credential }).await
    }

    /// Revokes a credential.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn revoke(&self, credential: &Credential) -> Result<(), ProviderError> {
        let client = Some(self.credentials()?);
        self.google.revoke(Revoke { client, credential }).await
    }

    fn credentials(&self) -> Result<ClientCredentials<'_>, ProviderError> {
        let first = self.google.registrations().first();
        first.and_then(|registration| registration.credentials().next()).ok_or(ProviderError::Client)
    }

    /// Calls a tool with the grant's token.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn call(
        &self,
        grant: &Grant,
        tool: &str,
        arguments: &Value,
        idempotency_key: Option<&str>,
    ) -> Result<Value, ProviderError> {
        Ok(called(&self.google, grant, tool, arguments, idempotency_key).await?.content)
    }
}

/// A parameter of a callback.
#[must_use]
pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(mine, _)| mine == name).map(|(_, value)| value.into_owned())
}

#[async_trait]
impl Kit for GoogleKit {
    fn provider(&self) -> &dyn Provider {
        &self.google
    }

    fn redirect_uri(&self) -> Url {
        self.redirect_uri.clone()
    }

    fn further_scope(&self) -> Option<OAuthScope> {
        Some(self.further.clone())
    }

    fn account(&self) -> AccountId {
        self.account.clone()
    }

    async fn approve(&self, consent_page: &Url) -> Result<SecretString, SuiteError> {
        let callback = self.mock.approve(consent_page)?;
        let code = parameter(&callback, "code").ok_or("the callback has no code")?;
        Ok(SecretString::from(code))
    }

    fn requests(&self) -> Vec<RecordedRequest> {
        self.mock.requests()
    }

    fn plant(&self, endpoint: Endpoint, fault: Fault) {
        self.mock.fault(endpoint, fault);
    }

    fn heal(&self) {
        self.mock.heal();
    }

    fn expire_access_tokens(&self) {
        self.mock.expire_access_tokens();
    }

    fn revoke_by_user(&self) {
        self.mock.revoke_by_user(ACCOUNT_EMAIL);
    }

    fn secrets(&self) -> Vec<String> {
        self.mock.secrets()
    }

    fn elsewhere(&self) -> Url {
        let mut url = self.mock.url().clone();
        url.set_path("/elsewhere");
        url
    }
}
