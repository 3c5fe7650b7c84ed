use anyhow::{Context as _, Result};
use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use bailee_core::{
    AccountId, ClientId, ClientRegistration, Grant, OAuthScope, Provider, ProviderError, SecretString,
    ToolOutput,
};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Notion, NotionEndpoints};
use bailee_testkit::{
    MockNotion,
    mock_notion::{CLIENT_ID, CLIENT_SECRET, USER_ID, WORKSPACE_ID},
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::{
        SuiteError,
        provider::{Flow, Kit},
    },
};

use crate::{output::called, parameter};

/// Notion and its mock.
#[derive(Debug)]
pub struct NotionKit {
    /// The mock.
    pub mock: MockNotion,
    /// The adapter.
    pub notion: Notion,
    account: AccountId,
    redirect_uri: Url,
}

impl NotionKit {
    /// Both, over plain HTTP on loopback.
    ///
    /// # Errors
    /// When one of them does not start.
    pub async fn open() -> Result<Self> {
        let mock = MockNotion::start().await?;
        let secret = SecretString::from(CLIENT_SECRET);
        let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, secret);
        let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
        let endpoints = NotionEndpoints::at(mock.url())?;
        Ok(Self {
            notion: Notion::new(registration)?.with_endpoints(endpoints).with_http(http),
            mock,
            account: AccountId::new(format!("{WORKSPACE_ID}:{USER_ID}"))?,
            redirect_uri: "https://app.example.test/api/oauth/notion/callback".parse()?,
        })
    }

    /// Joins the mock's account.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn connect(&self) -> Result<Grant> {
        let step = |error: SuiteError| anyhow::anyhow!("{error}");
        let flow = Flow::default();
        let (requested, code) = flow.approved(self).await.map_err(step)?;
        let grant = flow.exchange(self, &requested, &code).await.map_err(step)?;
        grant.context("the exchange")
    }

    /// Calls a tool with the grant's token, and holds its output to its schema.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn call(&self, grant: &Grant, tool: &str, arguments: &Value) -> Result<Value, ProviderError> {
        Ok(self.output(grant, tool, arguments).await?.content)
    }

    /// As [`NotionKit::call`], with what belongs to the output besides.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn output(
        &self,
        grant: &Grant,
        tool: &str,
        arguments: &Value,
    ) -> Result<ToolOutput, ProviderError> {
        called(&self.notion, grant, tool, arguments, None).await
    }
}

#[async_trait]
impl Kit for NotionKit {
    fn provider(&self) -> &dyn Provider {
        &self.notion
    }

    fn redirect_uri(&self) -> Url {
        self.redirect_uri.clone()
    }

    fn further_scope(&self) -> Option<OAuthScope> {
        None
    }

    fn takes_challenge(&self) -> bool {
        false
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
