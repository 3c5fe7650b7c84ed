use std::{collections::BTreeMap, fmt, time::Duration};

use secrecy::{ExposeSecret, SecretSlice, SecretString, zeroize::Zeroize};
use serde::de::{Deserializer as _, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::{Account, OAuthScopes};

/// The secrets of one integration, as they are sealed.
///
/// Not `Serialize`: the only way out is [`Credential::to_plaintext`], whose result wipes itself.
#[derive(Clone)]
pub struct Credential {
    /// What is presented to the provider's API.
    pub access_token: SecretString,
    /// What obtains the next access token.
    pub refresh_token: Option<SecretString>,
    /// Further secrets by name, where a provider has more than two.
    pub extra: BTreeMap<String, SecretString>,
}

/// The plaintext of a sealed record is not a credential. Says nothing of its content.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the opened record is not a credential")]
pub struct NotACredential;

impl Credential {
    /// A credential of an access token alone.
    #[must_use]
    pub const fn new(access_token: SecretString) -> Self {
        Self { access_token, refresh_token: None, extra: BTreeMap::new() }
    }

    /// With the token that obtains the next one.
    #[must_use]
    pub fn with_refresh_token(mut self, refresh_token: SecretString) -> Self {
        self.refresh_token = Some(refresh_token);
        self
    }

    /// What is sealed: a JSON object with `access_token`, `refresh_token` and the extra names.
    #[must_use]
    pub fn to_plaintext(&self) -> SecretSlice<u8> {
        let mut text = String::with_capacity(256);
        text.push('{');
        push_member(&mut text, "access_token", &self.access_token);
        if let Some(refresh_token) = &self.refresh_token {
            push_member(&mut text, "refresh_token", refresh_token);
        }
        for (name, secret) in &self.extra {
            push_member(&mut text, name, secret);
        }
        text.push('}');
        let plaintext = SecretSlice::from(text.as_bytes().to_vec());
        text.zeroize();
        plaintext
    }

    /// Reads what [`Credential::to_plaintext`] wrote.
    ///
    /// # Errors
    /// [`NotACredential`] when it is not a JSON object of strings with an `access_token`.
    pub fn from_plaintext(plaintext: &[u8]) -> Result<Self, NotACredential> {
        let mut reader = serde_json::Deserializer::from_slice(plaintext);
        let credential = reader.deserialize_map(Members).map_err(|_| NotACredential)?;
        reader.end().map_err(|_| NotACredential)?;
        Ok(credential)
    }

    /// The credential after a refresh: what the answer does not name stays (RFC 6749 §6).
    #[must_use]
    pub fn renewed_by(&self, renewal: &Renewal) -> Self {
        let mut extra = self.extra.clone();
        for (name, secret) in &renewal.extra {
            match secret {
                Some(secret) => drop(extra.insert(name.clone(), secret.clone())),
                None => drop(extra.remove(name)),
            }
        }
        Self {
            access_token: renewal.access_token.clone(),
            refresh_token: renewal.refresh_token.clone().or_else(|| self.refresh_token.clone()),
            extra,
        }
    }
}

/// Reads the members straight into secrets: on the way no tree of values is made that nobody wipes.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Credential;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts with an access_token")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Credential, A::Error> {
        let (mut access_token, mut refresh_token, mut extra) = (None, None, BTreeMap::new());
        while let Some((name, secret)) = members.next_entry::<String, String>()? {
            let secret = SecretString::from(secret);
            match name.as_str() {
                "access_token" => access_token = Some(secret),
                "refresh_token" => refresh_token = Some(secret),
                _ => drop(extra.insert(name, secret)),
            }
        }
        let access_token = access_token.ok_or_else(|| A::Error::missing_field("access_token"))?;
        Ok(Credential { access_token, refresh_token, extra })
    }
}

fn push_member(text: &mut String, name: &str, secret: &SecretString) {
    if !text.ends_with('{') {
        text.push(',');
    }
    push_string(text, name);
    text.push(':');
    push_string(text, secret.expose_secret());
}

/// JSON string escaping (RFC 8259 §7), written here so that no unwiped copy is made.
fn push_string(text: &mut String, value: &str) {
    text.reserve(value.len() + 2);
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            control if control < ' ' => {
                use fmt::Write as _;
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

/// Names only.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("refresh_token", &self.refresh_token.is_some())
            .field("extra", &self.extra.keys())
            .finish_non_exhaustive()
    }
}

/// What an exchange brings home.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The secrets.
    pub credential: Credential,
    /// Whose they are.
    pub account: Account,
    /// How long the access token lives, counted from the sending of the request; `None` where unknown.
    pub expires_in: Option<Duration>,
    /// What the user granted; `None` where the provider does not tell.
    pub granted: Option<OAuthScopes>,
    /// Settings without secrets that belong to the account.
    pub config: Map<String, Value>,
}

/// What a refresh brings home. What it does not name stays as it was.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The new access token.
    pub access_token: SecretString,
    /// The next refresh token, where the provider rotates.
    pub refresh_token: Option<SecretString>,
    /// Further secrets by name; `None`: the provider no longer accepts it.
    pub extra: BTreeMap<String, Option<SecretString>>,
    /// How long the tokens live, the shortest of them, counted from the sending of the request; `None` where unknown.
    pub expires_in: Option<Duration>,
    /// What the grant covers now, where the provider tells.
    pub granted: Option<OAuthScopes>,
    /// In what the answer differs from what is said of the provider.
    pub surprises: Vec<Surprise>,
}

/// A fact about a provider that was seen to be another than what is said of it: a warning for those who look after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Surprise {
    /// How long access tokens live, or whether that is told.
    Lifetime,
    /// Whether a refresh brings another refresh token.
    Rotation,
    /// Whether an answer names what was granted.
    ScopeEcho,
}

impl Surprise {
    /// Its word in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lifetime => "lifetime",
            Self::Rotation => "rotation",
            Self::ScopeEcho => "scope_echo",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[test]
    fn a_credential_reads_back_as_it_was_sealed() -> Result<(), NotACredential> {
        let mut credential = Credential::new(secret("a\"\\\n\u{1F511}")).with_refresh_token(secret("r"));
        credential.extra.insert("user_token".to_owned(), secret("u"));
        let read = Credential::from_plaintext(credential.to_plaintext().expose_secret())?;
        assert_eq!(read.access_token.expose_secret(), "a\"\\\n\u{1F511}");
        assert_eq!(read.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("r"));
        assert_eq!(read.extra["user_token"].expose_secret(), "u");
        Ok(())
    }

    #[test]
    fn the_plaintext_is_the_json_of_the_known_answer() {
        let credential = Credential::new(secret("at")).with_refresh_token(secret("rt"));
        let plaintext = credential.to_plaintext();
        assert_eq!(plaintext.expose_secret(), br#"{"access_token":"at","refresh_token":"rt"}"#);
    }

    #[test]
    fn debug_tells_names_and_no_secret() {
        let mut credential = Credential::new(secret("CANARY")).with_refresh_token(secret("CANARY"));
        credential.extra.insert("user_token".to_owned(), secret("CANARY"));
        let debug = format!("{credential:?}");
        assert!(debug.contains("user_token") && !debug.contains("CANARY"), "{debug}");
    }

    #[test]
    fn a_refresh_answer_without_a_refresh_token_keeps_the_old_one() {
        let old = Credential::new(secret("a1")).with_refresh_token(secret("r1"));
        let renewal = Renewal {
            access_token: secret("a2"),
            refresh_token: None,
            extra: BTreeMap::new(),
            expires_in: None,
            granted: None,
            surprises: Vec::new(),
        };
        let new = old.renewed_by(&renewal);
        assert_eq!(new.access_token.expose_secret(), "a2");
        assert_eq!(new.refresh_token.as_ref().map(ExposeSecret::expose_secret), Some("r1"));
    }

    #[test]
    fn a_refresh_replaces_adds_and_removes_further_secrets_and_leaves_the_others() {
        let mut old = Credential::new(secret("a1"));
        for name in ["kept", "replaced", "gone"] {
            old.extra.insert(name.to_owned(), secret("old"));
        }
        let new = [("replaced", Some("new")), ("gone", None), ("added", Some("new"))];
        let renewal = Renewal {
            access_token: secret("a2"),
            refresh_token: None,
            extra: new.into_iter().map(|(name, text)| (name.to_owned(), text.map(secret))).collect(),
            expires_in: None,
            granted: None,
            surprises: Vec::new(),
        };
        let renewed = old.renewed_by(&renewal);
        let extra: Vec<(&str, &str)> =
            renewed.extra.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret())).collect();
        assert_eq!(extra, [("added", "new"), ("kept", "old"), ("replaced", "new")]);
    }

    #[test]
    fn other_json_is_no_credential() {
        for wrong in [&b"{}"[..], b"[]", b"{\"access_token\":1}", b"{\"access_token\":\"a\"} b", b"\xFF", b""]
        {
            assert_eq!(Credential::from_plaintext(wrong).map(drop), Err(NotACredential));
        }
    }
}
