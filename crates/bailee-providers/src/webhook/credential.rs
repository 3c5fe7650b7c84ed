//! What is kept of a webhook: where it is and what signs, in one secret text.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::form;
use bailee_core::ProviderError;

/// How long the key that was replaced signs along.
const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// The shortest key, in bytes (Standard Webhooks, "Signature scheme").
const SHORTEST: usize = 24;
/// The longest.
const LONGEST: usize = 64;
const PREFIX: &str = "whsec_";

/// The access token of an integration, read.
#[derive(Clone, Deserialize)]
pub(super) struct Endpoint {
    #[serde(deserialize_with = "form::secret")]
    url: SecretString,
    #[serde(deserialize_with = "form::secret")]
    secret: SecretString,
    #[serde(default, deserialize_with = "form::optional_secret")]
    previous: Option<SecretString>,
    #[serde(default)]
    previous_until: Option<DateTime<Utc>>,
}

impl Endpoint {
    /// One that was not there before.
    pub(super) fn new(url: &Url, secret: SecretString) -> Self {
        Self { url: SecretString::from(url.as_str()), secret, previous: None, previous_until: None }
    }

    /// Takes over the key that signed so far, if it is the same address, and another key.
    pub(super) fn after(mut self, before: Self, now: DateTime<Utc>) -> Self {
        let same = |one: &SecretString, other: &SecretString| one.expose_secret() == other.expose_secret();
        if same(&self.url, &before.url) && !same(&self.secret, &before.secret) {
            self.previous = Some(before.secret);
            self.previous_until = Some(now + OVERLAP);
        }
        self
    }

    /// With another key that signs along, without an end.
    pub(super) fn along_with(mut self, previous: SecretString) -> Self {
        self.previous = Some(previous);
        self.previous_until = Some(DateTime::<Utc>::MAX_UTC);
        self
    }

    pub(super) fn read(access_token: &SecretString) -> Result<Self, ProviderError> {
        serde_json::from_str(access_token.expose_secret()).map_err(|_| ProviderError::TokenRejected)
    }

    /// The secret text: a JSON object.
    pub(super) fn write(&self) -> SecretString {
        let mut members =
            BTreeMap::from([("url", self.url.expose_secret()), ("secret", self.secret.expose_secret())]);
        let until = self.previous_until.map(|until| until.to_rfc3339());
        if let (Some(previous), Some(until)) = (&self.previous, &until) {
            members.extend([("previous", previous.expose_secret()), ("previous_until", until.as_str())]);
        }
        // A map of texts is always JSON.
        SecretString::from(serde_json::to_string(&members).unwrap_or_default())
    }

    pub(super) fn url(&self) -> Result<Url, ProviderError> {
        Url::parse(self.url.expose_secret()).map_err(|_| ProviderError::TokenRejected)
    }

    /// The keys that sign now, the newest first.
    pub(super) fn keys(&self, now: DateTime<Utc>) -> impl Iterator<Item = &SecretString> {
        let overlapping = self.previous_until.is_some_and(|until| now < until);
        std::iter::once(&self.secret).chain(self.previous.iter().filter(move |_| overlapping))
    }
}

/// A key in the form of Standard Webhooks, from 32 bytes in base64url.
pub(super) fn key_from(random: &SecretString) -> SecretString {
    let standard: String = random
        .expose_secret()
        .chars()
        .map(|letter| match letter {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    SecretString::from(format!("{PREFIX}{standard}="))
}

/// Whether a key is `whsec_` with 24 to 64 bytes in base64.
pub(super) fn is_key(text: &SecretString) -> bool {
    let bytes = text.expose_secret().strip_prefix(PREFIX).and_then(|key| STANDARD.decode(key).ok());
    bytes.is_some_and(|bytes| (SHORTEST..=LONGEST).contains(&bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_whatever_is_in_its_query() -> Result<(), Box<dyn std::error::Error>> {
        for text in ["https://a.example/?q=\\&r=\"'<>", "https://a.example/ä b?{}#\\"] {
            let url = Url::parse(text)?;
            let written = Endpoint::new(&url, SecretString::from("whsec_x")).write();
            assert_eq!(Endpoint::read(&written)?.url()?, url);
        }
        Ok(())
    }
}
