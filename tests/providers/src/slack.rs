use anyhow::Result;
use url::Url;

use bailee_core::{ClientId, ClientRegistration, SecretString};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::Slack;
use bailee_testkit::{
    MockSlack,
    mock_provider::{Endpoint, Fault, RecordedRequest},
    mock_slack::{APP_ID, CLIENT_ID, CLIENT_SECRET, TEAM_ID},
    suite::SuiteError,
};

use crate::stage::{Service, Stage};

/// Slack and its mock.
pub type SlackStage = Stage<Slack, MockSlack>;

/// Slack as an app without token rotation has it, and its mock.
///
/// # Errors
/// When one of them does not start.
pub async fn slack() -> Result<SlackStage> {
    at(MockSlack::start().await?)
}

/// Slack as an app with token rotation has it, and its mock.
///
/// # Errors
/// When one of them does not start.
pub async fn slack_rotating() -> Result<SlackStage> {
    at(MockSlack::start_rotating().await?)
}

fn at(mock: MockSlack) -> Result<SlackStage> {
    let registration = ClientRegistration::new(ClientId::new(CLIENT_ID)?, SecretString::from(CLIENT_SECRET));
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    let slack = Slack::new(registration)?.with_endpoints(mock.url())?.with_http(http);
    let account = format!("{TEAM_ID}:{APP_ID}");
    Stage::new(slack, mock, &account)?.without_challenge().with_further_scope("chat:write.public")
}

impl Service for MockSlack {
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
        self.remove_app();
    }

    fn secrets(&self) -> Vec<String> {
        self.secrets()
    }
}
