use anyhow::Result;
use url::Url;

use bailee_core::{ClientId, ClientRegistration, OAuthScopes, SecretString};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::LinkedIn;
use bailee_testkit::{
    MockLinkedIn,
    mock_linkedin::{ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET},
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::SuiteError,
};

use crate::stage::{Service, Stage};

/// LinkedIn and its mock.
pub type LinkedInStage = Stage<LinkedIn, MockLinkedIn>;

/// The adapter, pointed at a mock.
///
/// # Errors
/// When it cannot be built.
pub fn linkedin_at(mock: &MockLinkedIn) -> Result<LinkedIn> {
    linkedin_with(mock, CLIENT_ID, CLIENT_SECRET)
}

/// As [`linkedin_at`], with a client of one's own.
///
/// # Errors
/// When it cannot be built.
pub fn linkedin_with(mock: &MockLinkedIn, client_id: &str, secret: &str) -> Result<LinkedIn> {
    let registration = ClientRegistration::new(ClientId::new(client_id)?, SecretString::from(secret));
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(LinkedIn::new(registration)?.with_endpoints(mock.url())?.with_http(http))
}

/// LinkedIn as an ordinary app has it, and its mock.
///
/// # Errors
/// When one of them does not start.
pub async fn linkedin() -> Result<LinkedInStage> {
    let mock = MockLinkedIn::start().await?;
    Ok(Stage::new(linkedin_at(&mock)?, mock, ACCOUNT_ID)?.without_challenge())
}

/// LinkedIn as a partner has it, with refresh tokens and messages, and its mock.
///
/// # Errors
/// When one of them does not start.
pub async fn linkedin_for_partner() -> Result<LinkedInStage> {
    let mock = MockLinkedIn::start_for_partner().await?;
    let scopes = OAuthScopes::parse("r_dma_portability_3rd_party")?;
    let linkedin = linkedin_at(&mock)?.with_partner_messaging(&scopes)?;
    Ok(Stage::new(linkedin, mock, ACCOUNT_ID)?.without_challenge())
}

impl Service for MockLinkedIn {
    fn url(&self) -> &Url {
        self.url()
    }

    fn approve(&self, consent_page: &Url) -> Result<Url, SuiteError> {
        Ok(self.approve(consent_page)?)
    }

    fn requests(&self) -> Vec<RecordedRequest> {
        self.requests()
    }

    fn plant(&self, endpoint: Endpoint, fault: Fault) {
        self.fault(endpoint, fault);
    }

    fn heal(&self) {
        self.heal();
    }

    fn expire_access_tokens(&self) {
        self.expire_access_tokens();
    }

    fn revoke_by_user(&self) {
        self.revoke_by_user();
    }

    fn secrets(&self) -> Vec<String> {
        self.secrets()
    }
}
