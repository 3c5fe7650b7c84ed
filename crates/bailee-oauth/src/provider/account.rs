use secrecy::SecretString;
use serde_json::{Map, Value};

use super::{OAuthProvider, send};
use crate::definition::{AccountRule, Step, Verb};
use bailee_core::{Account, AccountId, ProviderError};

/// What userinfo answers.
pub(super) async fn userinfo(provider: &OAuthProvider, token: &SecretString) -> Result<Value, ProviderError> {
    let userinfo = provider.definition.userinfo.as_ref().ok_or(ProviderError::Unsupported)?;
    let sent = send::with_bearer(provider, Step::Userinfo, &userinfo.request, Verb::Get, token).await;
    send::json(&sent.map_err(send::repeatable)?)
}

/// Whose it is, by the answer that tells.
pub(super) fn read(rule: &AccountRule, body: &Value) -> Result<Account, ProviderError> {
    let parts: Option<Vec<String>> = rule.id.iter().map(|place| place.find(body).and_then(part)).collect();
    let id = parts
        .and_then(|parts| AccountId::new(joined(&parts)).ok())
        .ok_or(ProviderError::Malformed { problem: "the account has no usable id" })?;
    let label =
        rule.label.iter().filter_map(|place| place.find(body)?.as_str()).find(|text| !text.is_empty());
    Ok(Account { id, label: label.map(str::to_owned) })
}

/// The settings of the account that are no secrets.
pub(super) fn config(rule: &AccountRule, body: &Value) -> Map<String, Value> {
    let found =
        rule.config.iter().filter_map(|(name, place)| Some((name.clone(), place.find(body)?.clone())));
    found.collect()
}

/// One part as it is; of several, none can be mistaken for two.
fn joined(parts: &[String]) -> String {
    match parts {
        [only] => only.clone(),
        parts => {
            let escaped: Vec<String> =
                parts.iter().map(|part| part.replace('%', "%25").replace(':', "%3A")).collect();
            escaped.join(":")
        }
    }
}

/// Some providers number their accounts.
fn part(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}
