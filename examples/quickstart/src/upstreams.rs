use std::sync::Arc;

use bailee::{
    ClientId, ClientRegistration, OAuthScopes, Provider,
    oauth::{HttpClient, HttpOptions, Reach},
    providers::{
        Email, Google, GoogleEndpoints, LinkedIn, Notion, NotionEndpoints, Slack, Telegram, Teller,
        TellerEnvironment, Webhook, X,
    },
};
use bailee_testkit::{
    MockGoogle, MockLinkedIn, MockNotion, MockReceiver, MockSlack, MockSmtp, MockTelegram, MockTeller, MockX,
    mock_google::{self, GoogleClient},
    mock_linkedin::{self, LinkedInAccount},
    mock_notion, mock_slack,
    mock_smtp::SmtpSecurity,
    mock_telegram::SHARED_BOT,
    mock_teller,
    mock_x::{self, XAccount},
};

/// The path of the user's receiver.
pub(crate) const RECEIVER: &str = "/hooks/of-ada";

/// The account that a person has at Google besides the first.
const SECOND_GOOGLE: &str = "110248495921238986421";

/// A mock of each provider, on this machine.
pub(crate) struct Upstreams {
    pub(crate) google: MockGoogle,
    pub(crate) linkedin: MockLinkedIn,
    pub(crate) notion: MockNotion,
    pub(crate) receiver: MockReceiver,
    pub(crate) slack: MockSlack,
    pub(crate) smtp: MockSmtp,
    pub(crate) telegram: MockTelegram,
    pub(crate) teller: MockTeller,
    pub(crate) x: MockX,
}

impl Upstreams {
    /// Starts all of them.
    pub(crate) async fn start(base_url: &str) -> anyhow::Result<Self> {
        let client = GoogleClient::new(mock_google::CLIENT_ID, mock_google::CLIENT_SECRET)
            .with_redirect_uri(&format!("{base_url}/api/oauth/google/callback"));
        let mocks = Self {
            google: MockGoogle::builder()
                .with_account(mock_google::ACCOUNT_SUB, mock_google::ACCOUNT_EMAIL)
                .with_account(SECOND_GOOGLE, "ada@work.example.test")
                .client(client)
                .start()
                .await?,
            linkedin: MockLinkedIn::start_for_partner().await?,
            notion: MockNotion::start().await?,
            receiver: MockReceiver::start().await?,
            slack: MockSlack::start().await?,
            smtp: MockSmtp::start(SmtpSecurity::ImplicitTls).await?,
            telegram: MockTelegram::start().await?,
            teller: MockTeller::start().await?,
            x: MockX::start().await?,
        };
        // Both want https from a host; the demo has no certificate.
        mocks.slack.allow_loopback_redirects();
        mocks.telegram.allow_loopback_webhooks();
        mocks.receive_people();
        Ok(mocks)
    }

    /// Has the consent pages wait for somebody who clicks, and gives them a second account to choose. Google's and Notion's
    /// always wait.
    fn receive_people(&self) {
        self.x.add_account(XAccount::new("2244994946", "ada_at_work"));
        self.x.show_consent_page();
        self.linkedin.add_account(LinkedInAccount::new("782bbtaR", "Ada Work", "ada@work.example.test"));
        self.linkedin.show_consent_page();
        self.notion.add_workspace("a5cd917a-1111-4222-8333-444455557777", "Workspace at Work");
        self.slack.show_consent_page();
    }

    /// The accounts at Google.
    pub(crate) const GOOGLE_ACCOUNTS: [&str; 2] = [mock_google::ACCOUNT_SUB, SECOND_GOOGLE];

    /// The newest message at each mock that messages are sent to.
    pub(crate) fn arrivals(&self) -> [(&'static str, Option<String>); 6] {
        let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        [
            ("X", self.x.posts().pop().map(|post| post.text)),
            ("LinkedIn", self.linkedin.posts().pop().map(|post| post.text)),
            ("Slack", self.slack.messages().pop().map(|(_, message)| message.to_string())),
            ("Telegram", self.telegram.messages().pop().map(|(_, _, message)| message.to_string())),
            ("Email", self.smtp.messages().pop().map(|message| message.data)),
            ("Webhook", self.receiver.requests().pop().map(|request| text(&request.body))),
        ]
    }

    /// Their adapters. Outside of a demo, these are `bailee::providers::registry::from_env` and the two of forms.
    pub(crate) fn providers(&self) -> anyhow::Result<Vec<Arc<dyn Provider>>> {
        let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
        let mut providers = self.of_consent_pages(&http)?;
        providers.push(Arc::new(
            Telegram::new(SHARED_BOT.to_owned().into())?
                .with_endpoints(self.telegram.url())?
                .with_links(self.telegram.url().clone())
                .with_http(http.clone()),
        ));
        let key = self.teller.token_signing_key();
        providers.push(Arc::new(
            Teller::new(mock_teller::APPLICATION_ID, TellerEnvironment::Sandbox, &key)?
                .with_endpoints(self.teller.url().clone())
                .with_http(http),
        ));
        providers.extend(self.of_forms()?);
        Ok(providers)
    }

    fn of_consent_pages(&self, http: &HttpClient) -> anyhow::Result<Vec<Arc<dyn Provider>>> {
        let google = client(mock_google::CLIENT_ID, mock_google::CLIENT_SECRET)?;
        let x = client(mock_x::CLIENT_ID, mock_x::CLIENT_SECRET)?;
        let linkedin = client(mock_linkedin::CLIENT_ID, mock_linkedin::CLIENT_SECRET)?;
        let notion = client(mock_notion::CLIENT_ID, mock_notion::CLIENT_SECRET)?;
        let slack = client(mock_slack::CLIENT_ID, mock_slack::CLIENT_SECRET)?;
        let messages = OAuthScopes::parse("r_dma_portability_3rd_party")?;
        let endpoints = GoogleEndpoints::at(self.google.url())?;
        Ok(vec![
            Arc::new(Google::new(google)?.with_endpoints(endpoints).with_http(http.clone())),
            Arc::new(X::new(x)?.with_endpoints(self.x.url())?.with_http(http.clone())),
            Arc::new(
                LinkedIn::new(linkedin)?
                    .with_partner_messaging(&messages)?
                    .with_endpoints(self.linkedin.url())?
                    .with_http(http.clone()),
            ),
            Arc::new(
                Notion::new(notion)?
                    .with_endpoints(NotionEndpoints::at(self.notion.url())?)
                    .with_http(http.clone()),
            ),
            Arc::new(Slack::new(slack)?.with_endpoints(self.slack.url())?.with_http(http.clone())),
        ])
    }

    /// Users name the addresses of these two. This machine is none that they may name, unless the host allows it.
    fn of_forms(&self) -> anyhow::Result<[Arc<dyn Provider>; 2]> {
        let reach = |port| Reach::new([port]).with_network("127.0.0.1/32");
        let trusting = |root: &[u8]| HttpOptions::default().with_root_certificate_der(root.to_vec());
        let (smtp, receiver) = (&self.smtp, &self.receiver);
        let email = Email::new()?.with_reach(&trusting(smtp.root_certificate_der()), reach(smtp.port())?)?;
        let webhook = Webhook::new()?
            .with_reach(&trusting(receiver.root_certificate_der()), reach(receiver.port())?)?;
        Ok([Arc::new(email), Arc::new(webhook)])
    }
}

fn client(id: &str, secret: &str) -> anyhow::Result<ClientRegistration> {
    Ok(ClientRegistration::new(ClientId::new(id)?, secret.to_owned().into()))
}
