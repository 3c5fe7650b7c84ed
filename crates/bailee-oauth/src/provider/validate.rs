use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{OAuthProvider, account, send};
use crate::definition::{AccountSource, Introspection, Probe, Step};
use bailee_core::{ClientCredentials, ClientRegistration, ProviderError, Validate, Validation};

pub(super) async fn validate(
    provider: &OAuthProvider,
    request: &Validate<'_>,
) -> Result<Validation, ProviderError> {
    let definition = &provider.definition;
    match (definition.probe, &definition.introspection) {
        (Probe::Userinfo, _) => {
            let told = account::userinfo(provider, request.access_token).await?;
            let account = match definition.account.source {
                AccountSource::IdToken | AccountSource::Userinfo => {
                    Some(account::read(&definition.account, &told)?)
                }
                AccountSource::Token => None,
            };
            Ok(Validation { account })
        }
        (Probe::Introspection, Some(introspection)) => {
            introspect(provider, introspection, request.access_token).await
        }
        (Probe::Introspection, None) | (Probe::None, _) => Err(ProviderError::Unsupported),
    }
}

/// A token is active for the client that obtained it, which may be any of ours.
async fn introspect(
    provider: &OAuthProvider,
    introspection: &Introspection,
    token: &SecretString,
) -> Result<Validation, ProviderError> {
    let mut refused = false;
    for registration in &provider.registrations {
        match is_active_for(provider, introspection, token, registration).await {
            Ok(true) => return Ok(Validation { account: None }),
            Ok(false) => {}
            Err(ProviderError::Client) => refused = true,
            Err(other) => return Err(other),
        }
    }
    // It may be the token of a client that nobody would tell of.
    Err(if refused { ProviderError::Client } else { ProviderError::TokenRejected })
}

/// Asks as one client, with each of its secrets until one is taken.
async fn is_active_for(
    provider: &OAuthProvider,
    introspection: &Introspection,
    token: &SecretString,
    registration: &ClientRegistration,
) -> Result<bool, ProviderError> {
    for client in registration.credentials() {
        match is_active(provider, introspection, token, client).await {
            Err(ProviderError::Client) => {}
            told => return told,
        }
    }
    Err(ProviderError::Client)
}

async fn is_active(
    provider: &OAuthProvider,
    introspection: &Introspection,
    token: &SecretString,
    client: ClientCredentials<'_>,
) -> Result<bool, ProviderError> {
    let parameters = [("token", token.expose_secret())];
    let sent =
        send::post(provider, Step::Introspection, &introspection.request, &parameters, Some(client)).await;
    let told = send::json(&sent.map_err(send::repeatable)?)?;
    introspection
        .active
        .find(&told)
        .and_then(Value::as_bool)
        .ok_or(ProviderError::Malformed { problem: "the introspection says nothing of the token" })
}
