use std::sync::Arc;

use bailee::{
    ClientId, ClientRegistration, Provider,
    oauth::{HttpClient, HttpOptions, Reach},
    providers::{
        Email, Google, GoogleEndpoints, Notion, NotionEndpoints, Telegram, Teller, TellerEnvironment, Webhook,
    },
};
use bailee_testkit::{
    MockGoogle, MockNotion, MockReceiver, MockSmtp, MockTelegram, MockTeller,
    mock_google::{self, GoogleAccount, GoogleClient},
    mock_notion,
    mock_smtp::SmtpSecurity,
    mock_telegram::SHARED_BOT,
    mock_teller,
};

/// A mock of each provider that the page must treat in its own way.
#[derive(Debug)]
pub struct Mocks {
    /// Accounts with a consent page: one for each owner.
    pub google: MockGoogle,
    /// The same, without scopes.
    pub notion: MockNotion,
    /// Where webhooks arrive.
    pub receiver: MockReceiver,
    /// A form with a password.
    pub smtp: MockSmtp,
    /// Several for each owner, joined by a link.
    pub telegram: MockTelegram,
    /// Several for each owner, joined in a widget.
    pub teller: MockTeller,
}

impl Mocks {
    pub(crate) async fn start(base_url: &str) -> anyhow::Result<Self> {
        let client = GoogleClient::new(mock_google::CLIENT_ID, mock_google::CLIENT_SECRET)
            .with_redirect_uri(&format!("{base_url}/api/oauth/google/callback"));
        let mocks = Self {
            google: MockGoogle::builder().client(client).start().await?,
            notion: MockNotion::start().await?,
            receiver: MockReceiver::start().await?,
            smtp: MockSmtp::start(SmtpSecurity::ImplicitTls).await?,
            telegram: MockTelegram::start().await?,
            teller: MockTeller::start().await?,
        };
        mocks.telegram.allow_loopback_webhooks();
        Ok(mocks)
    }

    pub(crate) fn providers(&self) -> anyhow::Result<Vec<Arc<dyn Provider>>> {
        let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
        let google = Google::new(client(mock_google::CLIENT_ID, mock_google::CLIENT_SECRET)?)?
            .with_endpoints(GoogleEndpoints::at(self.google.url())?)
            .with_http(http.clone());
        let notion = Notion::new(client(mock_notion::CLIENT_ID, mock_notion::CLIENT_SECRET)?)?
            .with_endpoints(NotionEndpoints::at(self.notion.url())?)
            .with_http(http.clone());
        let telegram = Telegram::new(SHARED_BOT.to_owned().into())?
            .with_endpoints(self.telegram.url())?
            .with_http(http.clone());
        let key = self.teller.token_signing_key();
        let teller = Teller::new(mock_teller::APPLICATION_ID, TellerEnvironment::Sandbox, &key)?
            .with_endpoints(self.teller.url().clone())
            .with_http(http);
        let mut providers: Vec<Arc<dyn Provider>> =
            vec![Arc::new(google), Arc::new(notion), Arc::new(telegram), Arc::new(teller)];
        providers.extend(self.of_forms()?);
        Ok(providers)
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

    /// Gives Google a second account, `grace@example.test`.
    pub fn add_grace(&self) {
        self.google.add_account(GoogleAccount::new("224510097651238990031", "grace@example.test"));
    }

    /// Every secret that a mock issued or knows.
    #[must_use]
    pub fn secrets(&self) -> Vec<String> {
        [self.google.secrets(), self.notion.secrets(), self.telegram.secrets(), self.teller.secrets()]
            .concat()
    }
}

fn client(id: &str, secret: &str) -> anyhow::Result<ClientRegistration> {
    Ok(ClientRegistration::new(ClientId::new(id)?, secret.to_owned().into()))
}
