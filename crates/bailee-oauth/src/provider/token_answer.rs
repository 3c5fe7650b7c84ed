//! Reads token answers whose members are where the definition says.

use std::{collections::BTreeMap, time::Duration};

use secrecy::SecretString;
use serde_json::{Map, Value};

use super::OAuthProvider;
use crate::{TokenAnswer, definition::Echo, http_client::is_token, response::lifetime};
use bailee_core::{OAuthScopes, ProviderError, Surprise};

/// The parts of a token answer.
pub(super) struct Tokens {
    pub(super) access_token: SecretString,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) secrets: BTreeMap<String, SecretString>,
    pub(super) expires_in: Option<Duration>,
    /// What the answer says of the grant.
    pub(super) granted: Option<OAuthScopes>,
    /// In what the answer differs from the definition.
    pub(super) surprises: Vec<Surprise>,
}

pub(super) fn read(provider: &OAuthProvider, body: &Value) -> Result<Tokens, ProviderError> {
    let definition = &provider.definition;
    let places = &definition.token.response;
    let mut members = Map::new();
    for (name, place) in [
        ("access_token", &places.access_token),
        ("refresh_token", &places.refresh_token),
        ("expires_in", &places.expires_in),
        ("token_type", &places.token_type),
    ] {
        if let Some(value) = place.find(body) {
            members.insert(name.to_owned(), value.clone());
        }
    }
    let told_scopes = scopes(provider, body);
    let echoed = told_scopes.is_some();
    if let Some(scopes) = told_scopes.filter(|_| definition.scopes.echo != Echo::Never) {
        members.insert("scope".to_owned(), scopes);
    }
    let answer = TokenAnswer::from_members(members, &places.token_types)?;
    let further = places.lifetimes.iter().filter_map(|place| place.find(body).and_then(lifetime));
    let told = further.chain(answer.expires_in).min();
    let lifetime = definition.expiry.differs(told).then_some(Surprise::Lifetime);
    let echo = definition.scopes.echo.differs(echoed).then_some(Surprise::ScopeEcho);
    Ok(Tokens {
        access_token: answer.access_token,
        refresh_token: answer.refresh_token,
        secrets: secrets(provider, body)?,
        expires_in: definition.expiry.lifetime(told),
        granted: answer.scopes.map(|scopes| definition.scopes.our_spelling(&scopes)),
        surprises: lifetime.into_iter().chain(echo).collect(),
    })
}

/// Every part of the grant in one list; a part that is neither a text nor a list is left out.
fn scopes(provider: &OAuthProvider, body: &Value) -> Option<Value> {
    let definition = &provider.definition;
    let usual = definition.token.response.scopes.iter().map(|place| ("", place));
    let kinds = definition.scopes.kinds.iter().map(|(prefix, kind)| (prefix.as_str(), &kind.granted));
    let places = usual.chain(kinds);
    let mut told = places.filter_map(|(prefix, place)| Some((prefix, place.find(body)?))).peekable();
    told.peek()?;
    let list = told.flat_map(|(prefix, scopes)| {
        let words = crate::response::scopes(scopes).unwrap_or_default();
        words.iter().map(|word| Value::from(format!("{prefix}{word}"))).collect::<Vec<_>>()
    });
    Some(Value::Array(list.collect()))
}

fn secrets(provider: &OAuthProvider, body: &Value) -> Result<BTreeMap<String, SecretString>, ProviderError> {
    let places = provider.definition.token.response.secrets.iter();
    places
        .filter_map(|(name, place)| Some((name, place.find(body)?)))
        .map(|(name, value)| match value.as_str() {
            Some(text) if is_token(text) => Ok((name.clone(), SecretString::from(text))),
            _ => Err(ProviderError::Malformed { problem: "a further secret is not visible ASCII" }),
        })
        .collect()
}
