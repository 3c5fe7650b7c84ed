use anyhow::{Context as _, Result};
use bailee::{
    oauth::{HttpClient, HttpOptions, Reach},
    providers::{Email, Telegram, Webhook},
};
use bailee_testkit::{
    MockReceiver, MockSmtp, MockTelegram,
    mock_smtp::{PASSWORD, SmtpSecurity, USERNAME},
    mock_telegram::{Person, SHARED_BOT, Update},
};
use serde_json::{Value, json};
use url::Url;

/// What the channels lead to.
pub(crate) struct Services {
    pub(crate) receiver: MockReceiver,
    telegram: MockTelegram,
    mail: MockSmtp,
}

impl Services {
    pub(crate) async fn start() -> Result<Self> {
        Ok(Self {
            receiver: MockReceiver::start().await?,
            telegram: MockTelegram::start().await?,
            mail: MockSmtp::start(SmtpSecurity::ImplicitTls).await?,
        })
    }

    /// What users point to is kept out of the host's own network: this machine is allowed by name, and one port of it.
    pub(crate) fn webhook(&self) -> Result<Webhook> {
        let options =
            HttpOptions::default().with_root_certificate_der(self.receiver.root_certificate_der().to_vec());
        let reach = Reach::new([self.receiver.port()]).with_network("127.0.0.1/32")?;
        Ok(Webhook::new()?.with_reach(&options, reach)?)
    }

    pub(crate) fn webhook_fields(&self) -> Result<Value> {
        Ok(json!({ "url": self.receiver.url("/hooks/ada")?.as_str() }))
    }

    pub(crate) fn telegram(&self) -> Result<Telegram> {
        let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
        let telegram = Telegram::new(SHARED_BOT.to_owned().into())?;
        Ok(telegram.with_endpoints(self.telegram.url())?.with_http(http))
    }

    /// Ada opens the link, and presses Start in the chat with the bot.
    pub(crate) fn press_start(&self, link: &Url) -> Result<Update> {
        let word = link.query_pairs().find(|(name, _)| name == "start").context("the link has no word")?;
        Ok(self.telegram.press_start(SHARED_BOT, &Person::ada(), &word.1))
    }

    pub(crate) fn email(&self) -> Result<Email> {
        let options =
            HttpOptions::default().with_root_certificate_der(self.mail.root_certificate_der().to_vec());
        let reach = Reach::new([self.mail.port()]).with_network("127.0.0.1/32")?;
        Ok(Email::new()?.with_reach(&options, reach)?)
    }

    pub(crate) fn email_fields(&self) -> Value {
        json!({
            "host": "127.0.0.1", "port": self.mail.port(), "security": "implicit_tls",
            "username": USERNAME, "password": PASSWORD,
            "from_address": USERNAME, "recipients": ["ada@example.test"],
        })
    }

    /// How many messages came to webhook, chat and mail; to the first, those that it refused too.
    pub(crate) fn arrived(&self) -> (usize, usize, usize) {
        (self.receiver.requests().len(), self.telegram.messages().len(), self.mail.messages().len())
    }

    /// The id of each message that the receiver saw.
    pub(crate) fn webhook_ids(&self) -> Vec<String> {
        let requests = self.receiver.requests();
        requests.iter().filter_map(|request| request.header("webhook-id")).map(str::to_owned).collect()
    }
}
