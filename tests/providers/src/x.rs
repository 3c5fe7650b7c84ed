use anyhow::Result;
use url::Url;

use bailee_core::{ClientId, ClientRegistration, SecretString};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::X;
use bailee_testkit::{
    MockX,
    mock_provider::{Endpoint, Fault, RecordedRequest},
    mock_x::{ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET},
    suite::SuiteError,
};

use crate::stage::{Service, Stage};

/// X and its mock.
pub type XStage = Stage<X, MockX>;

/// The adapter, pointed at a mock.
///
/// # Errors
/// When it cannot be built.
pub fn x_at(mock: &MockX) -> Result<X> {
    x_with(mock, CLIENT_ID, CLIENT_SECRET)
}

/// As [`x_at`], with a client of one's own.
///
/// # Errors
/// When it cannot be built.
pub fn x_with(mock: &MockX, client_id: &str, secret: &str) -> Result<X> {
    let registration = ClientRegistration::new(ClientId::new(client_id)?, SecretString::from(secret));
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    Ok(X::new(registration)?.with_endpoints(mock.url())?.with_http(http))
}

/// X and its mock, over plain HTTP on loopback.
///
/// # Errors
/// When one of them does not start.
pub async fn x() -> Result<XStage> {
    let mock = MockX::start().await?;
    Stage::new(x_at(&mock)?, mock, ACCOUNT_ID)?.with_further_scope("media.write")
}

impl Service for MockX {
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
        self.revoke_by_user(ACCOUNT_ID);
    }

    fn secrets(&self) -> Vec<String> {
        self.secrets()
    }
}
