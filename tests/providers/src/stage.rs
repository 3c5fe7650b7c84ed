use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use bailee_core::{
    AccountId, ClientCredentials, Credential, Grant, OAuthScope, Provider, ProviderError, Refresh, Renewal,
    Revoke, SecretString, Validate, Validation,
};
use bailee_testkit::{
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::{
        SuiteError,
        provider::{Connected, Flow, Kit},
    },
};

use crate::{output::called, parameter};

/// What tests do to the mock of a service.
pub trait Service: Send + Sync {
    /// Its root address.
    fn url(&self) -> &Url;

    /// The person allows everything, and is sent to the returned address.
    ///
    /// # Errors
    /// When the consent page shows an error.
    fn approve(&self, consent_page: &Url) -> Result<Url, SuiteError>;

    /// As [`Kit::requests`].
    fn requests(&self) -> Vec<RecordedRequest>;

    /// As [`Kit::plant`].
    fn plant(&self, endpoint: Endpoint, fault: Fault);

    /// As [`Kit::heal`].
    fn heal(&self);

    /// As [`Kit::expire_access_tokens`].
    fn expire_access_tokens(&self);

    /// As [`Kit::revoke_by_user`].
    fn revoke_by_user(&self);

    /// As [`Kit::secrets`].
    fn secrets(&self) -> Vec<String>;
}

/// A provider, and the mock of its service that it asks.
#[derive(Debug)]
pub struct Stage<P, M> {
    /// The adapter.
    pub provider: P,
    /// The mock.
    pub mock: M,
    account: AccountId,
    further: Option<OAuthScope>,
    challenge: bool,
    redirect_uri: Url,
}

impl<P: Provider, M: Service> Stage<P, M> {
    /// Both, and the id of the person who approves.
    ///
    /// # Errors
    /// When the id is none.
    pub fn new(provider: P, mock: M, account: &str) -> Result<Self> {
        let callback = format!("https://app.example.test/api/oauth/{}/callback", provider.descriptor().key);
        Ok(Self {
            provider,
            mock,
            account: AccountId::new(account)?,
            further: None,
            challenge: true,
            redirect_uri: callback.parse()?,
        })
    }

    /// With a scope that a connect does not ask for by itself.
    ///
    /// # Errors
    /// When it is none.
    pub fn with_further_scope(mut self, scope: &str) -> Result<Self> {
        self.further = Some(OAuthScope::new(scope)?);
        Ok(self)
    }

    /// For a provider that takes no challenge.
    #[must_use]
    pub fn without_challenge(mut self) -> Self {
        self.challenge = false;
        self
    }

    /// Joins the mock's account with everything that is asked for.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn connect(&self) -> Result<Grant> {
        Ok(Connected::new(self).await.map_err(|error| anyhow::anyhow!(error))?.grant)
    }

    /// As [`Stage::connect`], up to what the adapter answers to the code.
    ///
    /// # Errors
    /// When a step before it fails.
    pub async fn exchange(&self) -> Result<Result<Grant, ProviderError>> {
        let flow = Flow::default();
        let plain = |error: SuiteError| anyhow::anyhow!(error);
        let (requested, code) = flow.approved(self).await.map_err(plain)?;
        flow.exchange(self, &requested, &code).await.map_err(plain)
    }

    /// Calls a tool with the grant's token.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn call(&self, grant: &Grant, tool: &str, arguments: &Value) -> Result<Value, ProviderError> {
        Ok(called(&self.provider, grant, tool, arguments, None).await?.content)
    }

    /// Refreshes a credential.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn refresh(&self, credential: &Credential) -> Result<Renewal, ProviderError> {
        self.provider.refresh(Refresh { client: self.client()?, credential }).await
    }

    /// Revokes a credential.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn revoke(&self, credential: &Credential) -> Result<(), ProviderError> {
        self.provider.revoke(Revoke { client: Some(self.client()?), credential }).await
    }

    /// Probes the token of a grant.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn validate(&self, grant: &Grant) -> Result<Validation, ProviderError> {
        let Grant { credential, account, config, .. } = grant;
        let validate =
            Validate { access_token: &credential.access_token, further: &credential.extra, account, config };
        self.provider.validate(validate).await
    }

    /// The last request that the mock got.
    ///
    /// # Errors
    /// When there was none.
    pub fn last_request(&self) -> Result<RecordedRequest> {
        self.mock.requests().pop().context("a request")
    }

    fn client(&self) -> Result<ClientCredentials<'_>, ProviderError> {
        let first = self.provider.registrations().first();
        first.and_then(|registration| registration.credentials().next()).ok_or(ProviderError::Client)
    }
}

#[async_trait]
impl<P: Provider, M: Service> Kit for Stage<P, M> {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn redirect_uri(&self) -> Url {
        self.redirect_uri.clone()
    }

    fn further_scope(&self) -> Option<OAuthScope> {
        self.further.clone()
    }

    fn takes_challenge(&self) -> bool {
        self.challenge
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
        self.mock.plant(endpoint, fault);
    }

    fn heal(&self) {
        self.mock.heal();
    }

    fn expire_access_tokens(&self) {
        self.mock.expire_access_tokens();
    }

    fn revoke_by_user(&self) {
        self.mock.revoke_by_user();
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
