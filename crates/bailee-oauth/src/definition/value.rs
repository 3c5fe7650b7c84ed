//! The words of a definition that are more than texts.

use std::{collections::BTreeMap, str::FromStr};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use url::Url;

use bailee_core::OAuthScope;

/// A place in an answer (RFC 6901).
#[derive(Clone)]
pub(crate) struct Pointer(String);

impl Pointer {
    /// One that a default needs.
    pub(crate) fn to_member(name: &str) -> Self {
        Self(format!("/{name}"))
    }

    pub(crate) fn find<'a>(&self, body: &'a Value) -> Option<&'a Value> {
        body.pointer(&self.0).filter(|value| !value.is_null())
    }
}

impl<'de> Deserialize<'de> for Pointer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.starts_with('/') { Ok(Self(text)) } else { Err(D::Error::custom("must begin with \"/\"")) }
    }
}

/// An `https` address without login and fragment.
pub(super) fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    Url::parse(&text)
        .ok()
        .filter(|url| url.scheme() == "https" && url.has_host())
        .filter(|url| url.username().is_empty() && url.password().is_none() && url.fragment().is_none())
        .ok_or_else(|| D::Error::custom("must be an https address without login and fragment"))
}

/// An address as above, where there is one.
pub(super) fn address_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Url>, D::Error> {
    address(deserializer).map(Some)
}

/// Names of hosts, in lower case and without port.
pub(super) fn hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let hosts = Vec::<String>::deserialize(deserializer)?;
    let is_host = |host: &String| {
        Url::parse(&format!("https://{host}/")).is_ok_and(|url| url.host_str() == Some(host.as_str()))
    };
    if hosts.iter().all(is_host) {
        Ok(hosts)
    } else {
        Err(D::Error::custom("must be names of hosts in lower case, without scheme and port"))
    }
}

/// Scope tokens (RFC 6749 §3.3).
pub(super) fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<OAuthScope>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    words.into_iter().map(|word| OAuthScope::new(word).map_err(D::Error::custom)).collect()
}

/// One scope token (RFC 6749 §3.3).
pub(super) fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OAuthScope, D::Error> {
    OAuthScope::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Whether the protocol itself sets the parameter of this name.
pub(super) fn is_set_by_the_protocol(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "code",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "grant_type",
        "redirect_uri",
        "refresh_token",
        "response_type",
        "scope",
        "state",
        "token",
    ];
    NAMES.contains(&name)
}

/// Parameters that every request of this kind carries, none of which the protocol itself sets.
pub(super) fn parameters<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let parameters = BTreeMap::<String, String>::deserialize(deserializer)?;
    match parameters.keys().find(|name| name.is_empty() || is_set_by_the_protocol(name)) {
        Some(name) => Err(D::Error::custom(format!("{name:?} is set by the protocol"))),
        None => Ok(parameters),
    }
}

/// The name of a header of answers.
pub(super) fn header_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<HeaderName>, D::Error> {
    let Some(name) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
    HeaderName::from_str(&name).map(Some).map_err(|_| D::Error::custom("must be the name of a header"))
}

/// Headers that every request of this kind carries, none of which carries secrets or belongs to HTTP itself.
pub(super) fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HeaderMap, D::Error> {
    const OURS: [&str; 12] = [
        "accept-encoding",
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "proxy-authorization",
        "te",
        "transfer-encoding",
        "upgrade",
    ];
    let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
    let mut headers = HeaderMap::new();
    for (name, value) in texts {
        let refused = || D::Error::custom(format!("{name:?} is not a header that can be set"));
        let header = HeaderName::from_str(&name).map_err(|_| refused())?;
        if OURS.contains(&header.as_str()) {
            return Err(refused());
        }
        headers.insert(header, HeaderValue::from_str(&value).map_err(|_| refused())?);
    }
    Ok(headers)
}
