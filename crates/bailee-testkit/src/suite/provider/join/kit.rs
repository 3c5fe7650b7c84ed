use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};
use url::Url;

use bailee_core::{
    AccountId, Credential, DateTime, Delivered, ExposeSecret as _, Grant, IntegrationId, Join, Joined,
    Notification, Notify, Previous, Provider, ProviderError, Revoke, SecretString, ToolAccount, Utc, Uuid,
    Validate, Validation,
};

use crate::suite::SuiteError;

/// What is wrong with the service of a [`JoinKit`] until it is healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It takes what it is told and closes the connection without an answer.
    Cut,
    /// It says that it is down.
    Down,
    /// It answers what nobody can understand, with [`Trouble::CANARY`] in it.
    Nonsense,
}

impl Trouble {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Cut, Self::Down, Self::Nonsense];
    /// Text of the service that no error may repeat.
    pub const CANARY: &str = "CANARY-in-the-answer";
}

/// A provider whose accounts are joined by a form, a widget or a one-time word, before a mock of its service.
#[async_trait]
pub trait JoinKit: Send + Sync {
    /// The provider, built for the mock.
    fn provider(&self) -> &dyn Provider;

    /// Fields that join the account: what a person enters, or what the widget hands over for this word.
    fn fields(&self, word: &SecretString) -> Result<Value, SuiteError>;

    /// The same with a secret that the service refuses; `None` where nobody can know before the first use.
    fn fields_with_a_bad_secret(&self, word: &SecretString) -> Result<Option<Value>, SuiteError>;

    /// Fields that cannot do, each with the JSON pointer of the place; what lacks a required field is tried anyway.
    fn wrong_fields(&self, word: &SecretString) -> Result<Vec<(Value, &'static str)>, SuiteError>;

    /// The id of the account that [`JoinKit::fields`] are of.
    fn account(&self) -> AccountId;

    /// The settings that the account has once it was paired, where a join alone does not complete it.
    fn paired(&self) -> Map<String, Value> {
        Map::new()
    }

    /// How often the service was asked: requests, or connections.
    fn asked(&self) -> usize;

    /// Every secret of the account and of the host.
    fn secrets(&self) -> Vec<String>;

    /// Makes the service misbehave at everything.
    fn plant(&self, trouble: Trouble);

    /// Ends all trouble.
    fn heal(&self);

    /// The service no longer takes the credential. Tells whether such a thing can be.
    fn end_access(&self) -> bool;

    /// Where each message that the service took was addressed to, with its text. Empty where it is no channel.
    fn messages(&self) -> Vec<(String, String)>;

    /// Where notifications must go: the addresses of [`JoinKit::messages`], of each notification.
    fn destinations(&self) -> Vec<String>;

    /// The wall clock; the epoch unless something in the service depends on it.
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }
}

/// The word of the suite's connects.
#[must_use]
pub fn word() -> SecretString {
    SecretString::from("suite-word-0123456789-0123456789-0123456789")
}

/// Another one.
#[must_use]
pub fn other_word() -> SecretString {
    SecretString::from("other-word-0123456789-0123456789-0123456789")
}

/// What adapters make secrets of: 32 bytes in base64url.
pub(super) const RANDOM: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// Joins with these fields under [`word`].
pub async fn join_with(
    kit: &dyn JoinKit,
    fields: &Value,
    previous: Option<Previous<'_>>,
) -> Result<Joined, ProviderError> {
    join_text(kit, &SecretString::from(fields.to_string()), &word(), previous).await
}

/// Joins with this text under this word.
pub async fn join_text(
    kit: &dyn JoinKit,
    fields: &SecretString,
    word: &SecretString,
    previous: Option<Previous<'_>>,
) -> Result<Joined, ProviderError> {
    let hook = hook().map_err(|_| ProviderError::Unsupported)?;
    let random = SecretString::from(RANDOM);
    let join = Join { fields, word, random: &random, hook: &hook, previous, now: kit.now() };
    kit.provider().join(join).await
}

/// An account that was joined, and the mock behind it.
pub struct JoinedAccount<'a> {
    kit: &'a dyn JoinKit,
    /// What the join brought home.
    pub joined: Joined,
}

impl fmt::Debug for JoinedAccount<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinedAccount").finish_non_exhaustive()
    }
}

impl<'a> JoinedAccount<'a> {
    /// Joins the account of the kit, and pairs it where that is how it goes on.
    pub async fn new(kit: &'a dyn JoinKit) -> Result<Self, SuiteError> {
        let mut joined = join_with(kit, &kit.fields(&word())?, None).await?;
        joined.grant.config.extend(kit.paired());
        Ok(Self { kit, joined })
    }

    /// Its grant.
    #[must_use]
    pub const fn grant(&self) -> &Grant {
        &self.joined.grant
    }

    /// Joins it again.
    pub async fn again(&self) -> Result<Joined, SuiteError> {
        let Grant { credential, config, .. } = self.grant();
        let previous = Previous { credential, config };
        Ok(join_with(self.kit, &self.kit.fields(&word())?, Some(previous)).await?)
    }

    /// Probes it.
    pub async fn validate(&self) -> Result<Validation, ProviderError> {
        let Grant { credential, account, config, .. } = self.grant();
        let validate =
            Validate { access_token: &credential.access_token, further: &credential.extra, account, config };
        self.kit.provider().validate(validate).await
    }

    /// Ends it.
    pub async fn revoke(&self) -> Result<(), ProviderError> {
        let revoke = Revoke { client: None, credential: &self.grant().credential };
        self.kit.provider().revoke(revoke).await
    }

    /// Notifies its owner.
    pub async fn notify(&self, notification: &Notification, id: Uuid) -> Result<Delivered, ProviderError> {
        let Grant { credential, account, config, .. } = self.grant();
        let account = ToolAccount {
            integration: IntegrationId::from_parts(1, [1; 10]),
            account,
            access_token: &credential.access_token,
            config,
        };
        let now = self.kit.now();
        let notify = Notify { account: &account, notification, id, said_at: now, now };
        self.kit.provider().notify(notify).await
    }
}

/// Where inbound requests of the suite's account would arrive.
pub(super) fn hook() -> Result<Url, SuiteError> {
    Ok("https://app.example.test/api/hooks/suite/opaque".parse()?)
}

/// No secret of the kit or of the credential may stand in what is printed.
pub(super) fn assert_hidden(kit: &dyn JoinKit, credential: Option<&Credential>, text: &str) {
    let mut secrets = kit.secrets();
    secrets.extend(credential.map(|credential| credential.access_token.expose_secret().to_owned()));
    secrets.extend([word().expose_secret().to_owned(), RANDOM.to_owned(), Trouble::CANARY.to_owned()]);
    assert!(!secrets.iter().any(|secret| text.contains(secret.as_str())), "a secret is shown: {text}");
}

/// Whether a secret stands anywhere in settings, which are shown.
pub(super) fn assert_settings_are_open(kit: &dyn JoinKit, config: &Map<String, Value>) {
    assert_hidden(kit, None, &Value::Object(config.clone()).to_string());
}
