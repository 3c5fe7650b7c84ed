//! How an account is joined, renewed, probed and let go.

use secrecy::SecretString;
use serde::Deserialize;

use super::{Google, api};
use bailee_core::{
    Account, AccountId, Begin, Begun, Credential, Exchange, Grant, OAuthScope, OAuthScopes, ProviderError,
    Refresh, Renewal, Revoke, Validate, Validation,
};
use bailee_oauth::{ClientAuthentication, IdToken, Request, TokenAnswer, TokenEndpoint, TokenFailure};

/// Google's issuer identifier; ID tokens of old clients say it without the scheme.
pub(super) const ISSUER: &str = "https://accounts.google.com";
const ISSUERS: [&str; 2] = [ISSUER, "accounts.google.com"];

/// Scopes that Google answers in another spelling than they are asked for.
const SPELLINGS: [(&str, &str); 2] = [
    ("https://www.googleapis.com/auth/userinfo.email", "email"),
    ("https://www.googleapis.com/auth/userinfo.profile", "profile"),
];

pub(super) fn begin(google: &Google, request: &Begin<'_>) -> Result<Begun, ProviderError> {
    let needed = match request.alias {
        Some(key) if *key != google.descriptor.key => {
            let alias = google.descriptor.alias(key).ok_or(ProviderError::Unsupported)?;
            alias.scopes.clone()
        }
        _ => google
            .tools
            .iter()
            .filter_map(|tool| tool.scopes.preferred())
            .fold(OAuthScopes::default(), |all, scopes| all.union(scopes)),
    };
    let requested = google.identity.union(&needed).union(&our_spelling(request.already_granted));
    // Without `consent` somebody who consented before comes back without a refresh token.
    let mut extra = vec![("access_type", "offline")];
    match request.account {
        None => extra.push(("prompt", "consent select_account")),
        Some(account) => {
            extra.push(("prompt", "consent"));
            extra.push(("login_hint", login_hint(account)));
        }
    }
    let url = bailee_oauth::authorize(&google.endpoints.authorize, request, &requested, &extra)?;
    Ok(Begun { url, requested })
}

/// Google takes an e-mail address or a `sub`.
fn login_hint(account: &Account) -> &str {
    account.label.as_deref().filter(|label| label.contains('@')).unwrap_or_else(|| account.id.as_str())
}

pub(super) async fn exchange(google: &Google, request: &Exchange<'_>) -> Result<Grant, ProviderError> {
    let answer = token_endpoint(google).exchange(request).await?;
    let id_token = answer.member("id_token").and_then(serde_json::Value::as_str);
    let account = match id_token {
        Some(token) => {
            let token = SecretString::from(token.to_owned());
            IdToken::from_token_endpoint(&token, request.client.client_id, &ISSUERS)?.account()
        }
        None => userinfo(google, &answer.access_token).await.map_err(|error| match error {
            // The code is spent: no refresh of this token will help.
            ProviderError::TokenRejected => {
                ProviderError::Malformed { problem: "the new token has no account" }
            }
            other => other,
        })?,
    };
    let granted = granted(&answer).unwrap_or_else(|| request.requested.clone());
    Ok(Grant {
        credential: Credential {
            access_token: answer.access_token,
            refresh_token: answer.refresh_token,
            extra: std::collections::BTreeMap::new(),
        },
        account,
        expires_in: answer.expires_in,
        granted: Some(granted),
        config: serde_json::Map::new(),
    })
}

pub(super) async fn refresh(google: &Google, request: &Refresh<'_>) -> Result<Renewal, ProviderError> {
    let refresh_token = request.credential.refresh_token.as_ref().ok_or(ProviderError::Unsupported)?;
    let answer = token_endpoint(google).refresh(request.client, refresh_token).await?;
    Ok(Renewal {
        granted: granted(&answer),
        expires_in: answer.expires_in,
        access_token: answer.access_token,
        refresh_token: answer.refresh_token,
        extra: std::collections::BTreeMap::new(),
    })
}

pub(super) async fn validate(google: &Google, request: &Validate<'_>) -> Result<Validation, ProviderError> {
    let account = userinfo(google, request.access_token).await?;
    Ok(Validation { account: Some(account) })
}

/// The refresh token ends the grant; an access token does too while it lives.
pub(super) async fn revoke(google: &Google, request: &Revoke<'_>) -> Result<(), ProviderError> {
    let credential = request.credential;
    let token = credential.refresh_token.as_ref().unwrap_or(&credential.access_token);
    // No client authentication: a request with an `Authorization` header is refused.
    token_endpoint(google).revoke(None, token, None).await
}

fn token_endpoint(google: &Google) -> TokenEndpoint {
    TokenEndpoint::new(google.http.clone(), google.endpoints.token.clone())
        .with_revocation(google.endpoints.revoke.clone())
        .with_authentication(ClientAuthentication::Post)
        .with_failure_hook(own_words)
}

/// What Google says beyond RFC 6749.
fn own_words(failure: &TokenFailure<'_>) -> Option<ProviderError> {
    let reason = match (failure.error?, failure.member("error_subtype")) {
        ("invalid_grant", Some("invalid_rapt")) => "invalid_rapt",
        ("admin_policy_enforced", _) => "admin_policy_enforced",
        _ => return None,
    };
    (failure.status < 500).then_some(ProviderError::GrantRevoked { reason })
}

async fn userinfo(google: &Google, access_token: &SecretString) -> Result<Account, ProviderError> {
    #[derive(Deserialize)]
    struct Userinfo {
        sub: String,
        email: Option<String>,
    }
    let request = Request::get(google.endpoints.userinfo.clone());
    let response = api::send(google, request, access_token, api::Repeat::Safe, None).await?;
    let person: Userinfo = api::json(&response, api::Repeat::Safe)?;
    let id = AccountId::new(person.sub)
        .map_err(|_| ProviderError::Malformed { problem: "the account has no usable id" })?;
    Ok(Account { id, label: person.email })
}

fn granted(answer: &TokenAnswer) -> Option<OAuthScopes> {
    answer.scopes.as_ref().map(our_spelling)
}

/// The same scopes as we ask for them.
fn our_spelling(scopes: &OAuthScopes) -> OAuthScopes {
    OAuthScopes::new(scopes.iter().filter_map(|scope| {
        let short = SPELLINGS.iter().find(|(long, _)| *long == scope);
        OAuthScope::new(short.map_or(scope, |(_, short)| *short)).ok()
    }))
}
