//! Accounts that are joined by a form, a widget or a one-time word instead of OAuth.

use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Map, Value};
use url::Url;

use crate::{Account, Credential, Grant};

/// What [`Provider::start`](crate::Provider::start) needs.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// Good for one connect, until it expires: the nonce of a widget, or the payload of a deep link. 43 characters of
    /// `A-Z a-z 0-9 - _`.
    pub word: &'a SecretString,
    /// The account to reconnect, so that its enrollment is repaired and no second one made.
    pub account: Option<&'a Account>,
    /// Where the provider's own inbound requests are received, those that no integration has to itself.
    pub hook: &'a Url,
}

/// What [`Provider::start`](crate::Provider::start) made: how the page goes on.
#[derive(Clone)]
pub enum Started {
    /// The user opens this address. Holds the word: not for logs.
    Link(Url),
    /// The page hands this object to the provider's widget. Holds the word, and no other secret.
    Widget(Map<String, Value>),
}

/// Without the word.
impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(url) => f.debug_struct("Link").field("host", &url.host_str()).finish_non_exhaustive(),
            Self::Widget(setup) => f.debug_tuple("Widget").field(&setup.keys()).finish(),
        }
    }
}

/// Where the widget of a provider lives, for the content security policy of the page that shows it, and how that page
/// opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WidgetSources {
    /// The address of its script, for example `https://cdn.example/connect.js`.
    pub script: Url,
    /// The origin of the frame that the script opens.
    pub frame: Url,
    /// The text of an ES module that the page loads after the script. Its default export is a function that takes an
    /// object of three: `widget`, what [`Provider::start`](crate::Provider::start) made; `onDone`, to be called with what
    /// [`Join::fields`] takes; `onClosed`, to be called when the user leaves. It reads nothing else of the page.
    pub setup: &'static str,
}

/// What [`Provider::join`](crate::Provider::join) needs.
#[derive(Clone, Copy, Debug)]
pub struct Join<'a> {
    /// A JSON object that fits the form of the descriptor: what the user entered, or what the widget handed over. A text,
    /// because it holds secrets.
    pub fields: &'a SecretString,
    /// The word that began it: of the widget that handed over the fields; else a fresh one, with which the account may
    /// have to be paired afterwards.
    pub word: &'a SecretString,
    /// 32 fresh random bytes in base64url without padding, for whatever secret the adapter has to choose.
    pub random: &'a SecretString,
    /// Where the inbound requests of this very account are received.
    pub hook: &'a Url,
    /// The credential that the integration has, at a reconnect.
    pub previous: Option<Previous<'a>>,
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// What an integration has while it is joined again.
#[derive(Clone, Copy, Debug)]
pub struct Previous<'a> {
    /// Its secrets.
    pub credential: &'a Credential,
    /// Its settings.
    pub config: &'a Map<String, Value>,
}

/// What [`Provider::join`](crate::Provider::join) brings home.
#[derive(Clone)]
pub struct Joined {
    /// The account, its secrets and its settings.
    pub grant: Grant,
    /// A secret that the user needs at the other end, such as the key of signatures; shown once and never again.
    pub shown_once: Option<SecretString>,
    /// What the user still has to open, so that the account knows whose it is. Holds the word: not for logs.
    pub link: Option<Url>,
}

/// Without the word.
impl fmt::Debug for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joined")
            .field("grant", &self.grant)
            .field("shown_once", &self.shown_once.is_some())
            .field("link", &self.link.as_ref().and_then(Url::host_str))
            .finish()
    }
}
