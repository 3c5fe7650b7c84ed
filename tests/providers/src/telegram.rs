use anyhow::{Context as _, Result};
use async_trait::async_trait;
use http::HeaderMap;
use serde_json::{Map, Value, json};
use url::Url;

use bailee_core::{
    AccountId, DateTime, Delivery, DeliveryTo, Grant, Join, Joined, Pairing, Previous, Provider as _,
    ProviderError, Received, ReceivedEvent, SecretString, Start, Started,
};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::Telegram;
use bailee_testkit::{
    MockTelegram,
    mock_provider::Fault,
    mock_telegram::{
        DELETE_WEBHOOK, GET_ME, GET_WEBHOOK_INFO, OWN_BOT, Person, SEND_MESSAGE, SET_WEBHOOK, SHARED_BOT,
        Update,
    },
    suite::{
        SuiteError,
        provider::join::{JoinKit, Trouble},
    },
};

use crate::output::called;

/// A word that a page was given.
pub const WORD: &str = "word-0123456789-0123456789-0123456789-01234";
const RANDOM: &str = "random-0123456789-0123456789-0123456789-012";

/// Telegram and its mock.
#[derive(Debug)]
pub struct TelegramKit {
    /// The mock.
    pub mock: MockTelegram,
    /// The adapter, whose shared bot is [`SHARED_BOT`].
    pub telegram: Telegram,
    hooks: [Url; 2],
    own: AccountId,
}

/// Both, over plain HTTP on loopback.
///
/// # Errors
/// When one of them does not start.
pub async fn telegram() -> Result<TelegramKit> {
    let mock = MockTelegram::start().await?;
    let http = HttpClient::allow_loopback_http(&HttpOptions::default())?;
    let telegram = Telegram::new(SHARED_BOT.to_owned().into())?.with_endpoints(mock.url())?.with_http(http);
    let hooks = [
        "https://app.example.test/api/hooks/telegram/shared".parse()?,
        "https://app.example.test/api/hooks/telegram/own-1".parse()?,
    ];
    Ok(TelegramKit { mock, telegram, hooks, own: AccountId::new("5550077")? })
}

impl TelegramKit {
    /// Where the shared bot's updates are received.
    #[must_use]
    pub const fn shared_hook(&self) -> &Url {
        let [shared, _] = &self.hooks;
        shared
    }

    /// Where the own bot's updates are received.
    #[must_use]
    pub const fn own_hook(&self) -> &Url {
        let [_, own] = &self.hooks;
        own
    }

    /// Begins a pairing with the shared bot.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn start(&self) -> Result<Url, ProviderError> {
        let word = SecretString::from(WORD);
        let start = Start { word: &word, account: None, hook: self.shared_hook() };
        match self.telegram.start(start).await? {
            Started::Link(link) => Ok(link),
            Started::Widget(_) => Err(ProviderError::Unsupported),
        }
    }

    /// Joins a bot of one's own.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn join(&self, fields: &Value, before: Option<&Grant>) -> Result<Joined, ProviderError> {
        let fields = SecretString::from(fields.to_string());
        let (word, random) = (SecretString::from(WORD), SecretString::from(RANDOM));
        let previous = before.map(|grant| Previous { credential: &grant.credential, config: &grant.config });
        let join = Join {
            fields: &fields,
            word: &word,
            random: &random,
            hook: self.own_hook(),
            previous,
            now: DateTime::UNIX_EPOCH,
        };
        self.telegram.join(join).await
    }

    /// Joins [`OWN_BOT`] and pairs it with Ada.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn own(&self) -> Result<Grant> {
        let mut grant = self.join(&json!({ "bot_token": OWN_BOT }), None).await?.grant;
        let update = self.mock.press_start(OWN_BOT, &Person::ada(), WORD);
        let pairing = pairing(self.receive(Some(&grant), &update).await?)?;
        grant.config.extend(pairing.config);
        Ok(grant)
    }

    /// Pairs Ada with the shared bot.
    ///
    /// # Errors
    /// When a step of it fails.
    pub async fn shared(&self) -> Result<Grant> {
        self.start().await?;
        let update = self.mock.press_start(SHARED_BOT, &Person::ada(), WORD);
        let Pairing { account, credential, config, .. } = pairing(self.receive(None, &update).await?)?;
        let credential = credential.context("a credential")?;
        Ok(Grant { credential, account, expires_in: None, granted: None, config })
    }

    /// Hands an update over, to the hook of a bot of one's own where there is a grant.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn receive(&self, to: Option<&Grant>, update: &Update) -> Result<Vec<Received>, ProviderError> {
        self.receive_raw(to, &update.headers, &update.body()).await
    }

    /// As [`TelegramKit::receive`], with headers and bytes of one's own.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn receive_raw(
        &self,
        to: Option<&Grant>,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Vec<Received>, ProviderError> {
        let to =
            to.map(|Grant { account, credential, config, .. }| DeliveryTo { account, credential, config });
        self.telegram.receive(Delivery { to, headers, body, now: DateTime::UNIX_EPOCH }).await
    }

    /// Calls a tool with the grant's token.
    ///
    /// # Errors
    /// What the adapter answers.
    pub async fn call(&self, grant: &Grant, tool: &str, arguments: &Value) -> Result<Value, ProviderError> {
        Ok(called(&self.telegram, grant, tool, arguments, None).await?.content)
    }
}

/// The pairing that was received, and nothing else.
///
/// # Errors
/// When it is something else.
pub fn pairing(received: Vec<Received>) -> Result<Pairing> {
    let mut received = received.into_iter();
    match (received.next().map(|received| received.event), received.next()) {
        (Some(ReceivedEvent::Paired(pairing)), None) => Ok(pairing),
        other => anyhow::bail!("no pairing: {other:?}"),
    }
}

#[async_trait]
impl JoinKit for TelegramKit {
    fn provider(&self) -> &dyn bailee_core::Provider {
        &self.telegram
    }

    fn fields(&self, _word: &SecretString) -> Result<Value, SuiteError> {
        Ok(json!({ "bot_token": OWN_BOT, "replace_webhook": true }))
    }

    fn fields_with_a_bad_secret(&self, _word: &SecretString) -> Result<Option<Value>, SuiteError> {
        Ok(Some(json!({ "bot_token": "5550077:AAFno-such-secret-0123456789_0123456" })))
    }

    fn wrong_fields(&self, _word: &SecretString) -> Result<Vec<(Value, &'static str)>, SuiteError> {
        let token = |text: &str| json!({ "bot_token": text });
        Ok(vec![
            (token("no token"), "/bot_token"),
            (token(&format!("{OWN_BOT}/../{SHARED_BOT}")), "/bot_token"),
            (token(SHARED_BOT), "/bot_token"),
            (json!({ "bot_token": OWN_BOT, "replace_webhook": "yes" }), "/replace_webhook"),
            (json!({ "bot_token": OWN_BOT, "chat_id": 1 }), ""),
        ])
    }

    fn paired(&self) -> Map<String, Value> {
        // Ada pressed Start.
        let person = Person::ada();
        let _ = self.mock.press_start(OWN_BOT, &person, WORD);
        Map::from_iter([("chat_id".to_owned(), json!(person.id))])
    }

    fn account(&self) -> AccountId {
        self.own.clone()
    }

    fn asked(&self) -> usize {
        self.mock.requests().len()
    }

    fn secrets(&self) -> Vec<String> {
        self.mock.secrets()
    }

    fn plant(&self, trouble: Trouble) {
        for endpoint in [DELETE_WEBHOOK, GET_ME, GET_WEBHOOK_INFO, SEND_MESSAGE, SET_WEBHOOK] {
            let canary = json!([Trouble::CANARY, OWN_BOT]);
            self.mock.fault(
                endpoint,
                match trouble {
                    Trouble::Cut => Fault::DropAfterProcessing,
                    Trouble::Down => Fault::Unavailable { retry_after: None },
                    Trouble::Nonsense => Fault::Answer { status: 200, json: canary },
                },
            );
        }
    }

    fn heal(&self) {
        self.mock.heal();
    }

    fn end_access(&self) -> bool {
        self.mock.revoke_token(OWN_BOT);
        true
    }

    fn messages(&self) -> Vec<(String, String)> {
        let text = |arguments: &Value| arguments.get("text").and_then(Value::as_str).map(str::to_owned);
        let sent = self.mock.messages().into_iter();
        sent.map(|(_, chat, arguments)| (chat.to_string(), text(&arguments).unwrap_or_default())).collect()
    }

    fn destinations(&self) -> Vec<String> {
        vec![Person::ada().id.to_string()]
    }
}
