use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{OAuthProvider, account, send, token_answer};
use crate::{
    IdToken,
    definition::{AccountSource, Echo, Pkce, RefreshTime, Step},
};
use bailee_core::{ClientId, Clock, Credential, Exchange, Grant, ProviderError, Refresh, Renewal};

pub(super) async fn exchange(
    provider: &OAuthProvider,
    request: &Exchange<'_>,
) -> Result<Grant, ProviderError> {
    let definition = &provider.definition;
    let mut parameters = vec![
        ("grant_type", "authorization_code"),
        ("code", request.code.expose_secret()),
        ("redirect_uri", request.redirect_uri.as_str()),
    ];
    if definition.authorize.pkce == Pkce::S256 {
        parameters.push(("code_verifier", request.pkce_verifier.expose_secret()));
    }
    let template = &definition.token.request;
    let response = send::post(provider, Step::Exchange, template, &parameters, Some(request.client)).await?;
    let body = send::json(&response)?;
    let tokens = token_answer::read(provider, &body)?;
    let granted = match definition.scopes.echo {
        Echo::MissingMeansRequested => tokens.granted.or_else(|| Some(request.requested.clone())),
        Echo::Always | Echo::Never => tokens.granted,
    };
    let credential = Credential {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        extra: tokens.secrets,
    };
    let told = account_answer(provider, body, &credential, request).await?;
    Ok(Grant {
        account: account::read(&definition.account, &told)?,
        config: account::config(&definition.account, &told),
        credential,
        expires_in: tokens.expires_in,
        granted,
    })
}

/// The answer that names the account.
async fn account_answer(
    provider: &OAuthProvider,
    body: Value,
    credential: &Credential,
    request: &Exchange<'_>,
) -> Result<Value, ProviderError> {
    let definition = &provider.definition;
    let id_token = definition.token.response.id_token.find(&body).and_then(Value::as_str);
    match (definition.account.source, id_token) {
        (AccountSource::IdToken, Some(token)) => claims(provider, token, request.client.client_id),
        (AccountSource::Token, _) => Ok(body),
        (AccountSource::IdToken, None) | (AccountSource::Userinfo, _) => {
            new_userinfo(provider, &credential.access_token, request.clock).await
        }
    }
}

/// What userinfo answers to a token that was obtained just now.
async fn new_userinfo(
    provider: &OAuthProvider,
    token: &SecretString,
    clock: &dyn Clock,
) -> Result<Value, ProviderError> {
    let mut told = account::userinfo(provider, token).await;
    if let (Err(ProviderError::TokenRejected), Some(wait)) =
        (&told, provider.definition.account.again_after_ms)
    {
        clock.sleep(Duration::from_millis(wait)).await;
        told = account::userinfo(provider, token).await;
    }
    told.map_err(|error| match error {
        // The code is spent: no refresh of this token will help.
        ProviderError::TokenRejected => ProviderError::Malformed { problem: "the new token has no account" },
        other => other,
    })
}

/// What an ID token for this client says.
fn claims(provider: &OAuthProvider, token: &str, client: &ClientId) -> Result<Value, ProviderError> {
    let issuer = provider.definition.issuer.as_ref().ok_or(ProviderError::Unsupported)?;
    let spellings = issuer.spellings.iter().chain([&issuer.identifier]);
    let issuers: Vec<&str> = spellings.map(String::as_str).collect();
    let token = IdToken::from_token_endpoint(&SecretString::from(token), client, &issuers)?;
    Ok(Value::Object(token.into_claims()))
}

pub(super) async fn refresh(
    provider: &OAuthProvider,
    request: &Refresh<'_>,
) -> Result<Renewal, ProviderError> {
    let definition = &provider.definition;
    let refresh_token = request.credential.refresh_token.as_ref().ok_or(ProviderError::Unsupported)?;
    if definition.refresh.when == RefreshTime::Never {
        return Err(ProviderError::Unsupported);
    }
    let template = definition.refresh.request.as_ref().unwrap_or(&definition.token.request);
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
    let response = send::post(provider, Step::Refresh, template, &parameters, Some(request.client)).await?;
    let tokens = token_answer::read(provider, &send::json(&response)?)?;
    Ok(Renewal {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        extra: tokens.secrets.into_iter().map(|(name, secret)| (name, Some(secret))).collect(),
        expires_in: tokens.expires_in,
        granted: tokens.granted,
        surprises: tokens.surprises,
    })
}
