use http::{StatusCode, header};
use serde_json::{Value, json};

use super::{
    Time, api_error,
    scope::{EMAIL, PROFILE},
    state::{State, object},
    token::Refusal,
};
use crate::mock_provider::{Answer, RecordedRequest};

/// `GET /v1/userinfo`.
pub(super) fn userinfo(state: &State, time: &Time, request: &RecordedRequest) -> Answer {
    let grant = request.bearer().and_then(|token| state.by_access_token(token, time.elapsed()));
    let account = grant.and_then(|grant| state.account_by_sub(&grant.sub));
    let (Some(grant), Some(account)) = (grant, account.filter(|account| !account.deleted)) else {
        let body = json!({ "error": "invalid_request", "error_description": "Invalid Credentials" });
        return Answer::json(StatusCode::UNAUTHORIZED, &body)
            .with(header::WWW_AUTHENTICATE, api_error::CHALLENGE);
    };
    if !["openid", EMAIL, PROFILE].iter().any(|scope| grant.scopes.contains(*scope)) {
        return api_error::insufficient_scope("openidconnect.googleapis.com", "userinfo");
    }
    let email = grant.scopes.contains(EMAIL);
    let profile = grant.scopes.contains(PROFILE);
    let body = object([
        ("sub", Some(json!(account.sub))),
        ("name", profile.then(|| json!(account.name))),
        ("given_name", profile.then(|| json!(account.name))),
        ("email", email.then(|| json!(account.email))),
        ("email_verified", email.then_some(Value::Bool(true))),
        ("hd", account.hosted_domain.as_ref().map(|domain| json!(domain))),
    ]);
    Answer::json(StatusCode::OK, &body)
}

/// `POST /revoke`: ends every grant of the account to the client's project, whichever token of it is named.
pub(super) fn revoke(state: &mut State, time: &Time, request: &RecordedRequest) -> Answer {
    if request.header("authorization").is_some() {
        return Refusal::new("invalid_request", "Bad Request").answer();
    }
    let Some(token) = request.form("token").or_else(|| request.query("token")) else {
        return Refusal::new("invalid_request", "Bad Request").answer();
    };
    let by_refresh = state
        .refresh
        .get(token)
        .filter(|token| token.alive && token.replaced.is_none())
        .and_then(|token| state.grants.get(&token.grant))
        .filter(|grant| grant.alive);
    let grant = by_refresh.or_else(|| state.by_access_token(token, time.elapsed()));
    let Some((sub, project)) = grant.map(|grant| (grant.sub.clone(), grant.project.clone())) else {
        return Refusal::new("invalid_token", "Token expired or revoked").answer();
    };
    state.end_all(&sub, Some(&project));
    Answer::json(StatusCode::OK, &json!({}))
}
