//! Reads token answers: tolerant of the deviations that are seen in the wild, strict in what they mean.

use std::{fmt, time::Duration};

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use crate::{FailureHook, Response, TokenFailure, TokenRequest, http_client::is_token};
use bailee_core::{OAuthScope, OAuthScopes, ProviderError};

/// No token is believed to live longer: one year.
const MAX_LIFETIME: Duration = Duration::from_hours(365 * 24);

/// A success of the token endpoint (RFC 6749 §5.1).
pub struct TokenAnswer {
    /// The access token: visible ASCII.
    pub access_token: SecretString,
    /// The refresh token, where there is one: visible ASCII.
    pub refresh_token: Option<SecretString>,
    /// How long the access token lives; `None` where that is not known. At most a year.
    pub expires_in: Option<Duration>,
    /// What was granted; `None` where the answer does not say.
    pub scopes: Option<OAuthScopes>,
    members: Map<String, Value>,
}

impl TokenAnswer {
    /// Any further member of the answer. May be as secret as the tokens.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// Reads an answer. The table of deviations in the crate's documentation says how.
    pub(crate) fn read(
        request: TokenRequest,
        response: &Response,
        token_types: &[&str],
        hook: FailureHook,
    ) -> Result<Self, ProviderError> {
        check(request, response, hook)?;
        Self::from_members(object(response.body())?, token_types)
    }

    /// Reads the members of a success, by the names of RFC 6749 §5.1.
    pub(crate) fn from_members(
        mut members: Map<String, Value>,
        token_types: &[impl AsRef<str>],
    ) -> Result<Self, ProviderError> {
        token_type(&members, token_types)?;
        let access_token = token(members.remove("access_token"))?
            .ok_or(ProviderError::Malformed { problem: "there is no access token" })?;
        let refresh_token = match members.remove("refresh_token") {
            // Nothing at all: the old one stays.
            Some(Value::String(empty)) if empty.is_empty() => None,
            other => token(other)?,
        };
        Ok(Self {
            access_token,
            refresh_token,
            expires_in: members.get("expires_in").and_then(lifetime),
            scopes: members.get("scope").and_then(scopes),
            members,
        })
    }
}

/// Whether an answer is a success: by its status, and then by its own word.
pub(crate) fn check(
    request: TokenRequest,
    response: &Response,
    hook: FailureHook,
) -> Result<(), ProviderError> {
    let members = object(response.body()).ok();
    if is_success(response, members.as_ref()) {
        return Ok(());
    }
    let failure = TokenFailure {
        request,
        status: response.status().as_u16(),
        error: members.as_ref().and_then(|members| members.get("error")).and_then(Value::as_str),
        retry_after: response.retry_after(),
        members: members.as_ref(),
    };
    Err(failure.into_error(hook))
}

/// A status of success, and a body that does not deny it.
pub(crate) fn is_success(response: &Response, members: Option<&Map<String, Value>>) -> bool {
    let member = |name: &str| members.and_then(|members| members.get(name));
    let denied = match member("error") {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(word)) => !word.is_empty(),
        Some(_) => true,
    };
    response.status().is_success() && !denied && member("ok") != Some(&Value::Bool(false))
}

fn token_type(members: &Map<String, Value>, allowed: &[impl AsRef<str>]) -> Result<(), ProviderError> {
    let known = match members.get("token_type") {
        None | Some(Value::Null) => true,
        Some(Value::String(word)) => {
            word.eq_ignore_ascii_case("bearer")
                || allowed.iter().any(|other| other.as_ref().eq_ignore_ascii_case(word))
        }
        Some(_) => false,
    };
    if known {
        Ok(())
    } else {
        // RFC 6749 §7.1: a client must not use a token of a type that it does not understand.
        Err(ProviderError::Malformed { problem: "the token is of an unknown type" })
    }
}

fn token(value: Option<Value>) -> Result<Option<SecretString>, ProviderError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if is_token(&text) => Ok(Some(SecretString::from(text))),
        Some(_) => Err(ProviderError::Malformed { problem: "a token is not visible ASCII" }),
    }
}

/// Seconds as a number or a text of one; whatever is not positive is not known.
pub(crate) fn lifetime(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (seconds >= 1.0).then(|| Duration::from_secs_f64(seconds.floor().min(MAX_LIFETIME.as_secs_f64())))
}

/// A text separated by blanks or commas, or a list of texts. What is not a scope grants nothing.
pub(crate) fn scopes(value: &Value) -> Option<OAuthScopes> {
    let words: Vec<&str> = match value {
        Value::String(text) => vec![text.as_str()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    Some(OAuthScopes::new(
        words
            .into_iter()
            .flat_map(|word| word.split([' ', ',', '\t', '\n', '\r']))
            .filter_map(|word| OAuthScope::new(word).ok()),
    ))
}

/// The members of a JSON object; of two members of one name neither is believed.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, ProviderError> {
    serde_json::from_slice::<Distinct>(body)
        .map(|distinct| distinct.0)
        .map_err(|_| ProviderError::Malformed { problem: "the body is not a JSON object" })
}

struct Distinct(Map<String, Value>);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Distinct;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut access: A) -> Result<Distinct, A::Error> {
                let mut members = Map::new();
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.insert(name, value).is_some() {
                        return Err(de::Error::custom("two members of one name"));
                    }
                }
                Ok(Distinct(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// What is there, never what it is.
impl fmt::Debug for TokenAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenAnswer")
            .field("refresh_token", &self.refresh_token.is_some())
            .field("expires_in", &self.expires_in)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
