//! The behaviour suite of providers, for the definition of Google and its mock.

use anyhow::Result;
use async_trait::async_trait;
use url::Url;

use crate::support::GOOGLE;
use bailee_core::{AccountId, ClientId, ClientRegistration, OAuthScope, Provider, SecretString};
use bailee_oauth::{HttpClient, HttpOptions, OAuthDefinition, OAuthProvider};
use bailee_testkit::{
    MockGoogle,
    mock_google::{ACCOUNT_EMAIL, ACCOUNT_SUB, CLIENT_ID, CLIENT_SECRET},
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::{SuiteError, provider::Kit},
};

struct GoogleKit {
    mock: MockGoogle,
    provider: OAuthProvider,
    further: OAuthScope,
    account: AccountId,
    redirect_uri: Url,
}

async fn open() -> Result<GoogleKit> {
    let mock = MockGoogle::start().await?;
    let definition = OAuthDefinition::from_toml(GOOGLE)?.at(mock.url())?;
    let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, SecretString::from(CLIENT_SECRET));
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(GoogleKit {
        provider: OAuthProvider::new(definition, registration)?.with_http(http),
        mock,
        further: OAuthScope::new("https://www.googleapis.com/auth/gmail.send")?,
        account: AccountId::new(ACCOUNT_SUB)?,
        redirect_uri: "https://app.example.test/api/oauth/google/callback".parse()?,
    })
}

#[async_trait]
impl Kit for GoogleKit {
    fn provider(&self) -> &dyn Provider {
        &self.provider
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
        let code = callback.query_pairs().find(|(name, _)| name == "code").map(|(_, code)| code.into_owned());
        Ok(SecretString::from(code.ok_or("the callback has no code")?))
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

bailee_testkit::provider_suite!(open);
