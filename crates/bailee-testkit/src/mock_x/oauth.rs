use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{StatusCode, header};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{CLIENT_ID, CLIENT_SECRET, state::State};
use crate::mock_provider::{Answer, Asked, ConsentRefused, Fate, INVALID, RecordedRequest};

const SCOPES: [&str; 8] = [
    "dm.read",
    "dm.write",
    "media.write",
    "offline.access",
    "tweet.read",
    "tweet.write",
    "users.email",
    "users.read",
];
/// In characters.
const LONGEST_STATE: usize = 500;

/// Reads the query of the consent page; PKCE is mandatory.
pub(super) fn read(query: &[(String, String)]) -> Result<Asked, ConsentRefused> {
    let asked = Asked::read(query, CLIENT_ID)?;
    let sound = asked.challenge.is_some()
        && !asked.scopes.is_empty()
        && asked.scopes.iter().all(|scope| SCOPES.contains(&scope.as_str()))
        && asked.state.as_ref().is_none_or(|state| state.chars().count() <= LONGEST_STATE);
    if sound { Ok(asked) } else { Err(INVALID) }
}

/// Where the browser is sent when the account allows.
pub(super) fn allow(state: &mut State, account: &str, asked: &Asked) -> Url {
    let code = state.grants.new_code("VGNibXktY29kZQ-", account, asked);
    asked.callback(&[("code", code.as_str())])
}

/// `GET /i/oauth2/authorize`: the first account allows everything.
pub(super) fn consent(state: &mut State, request: &RecordedRequest) -> Answer {
    let account = state.accounts.first().map(|account| account.id.clone());
    match (read(&request.query), account) {
        (Ok(asked), Some(account)) => Answer::empty(StatusCode::SEE_OTHER)
            .with(header::LOCATION, allow(state, &account, &asked).as_str())
            .with(header::REFERRER_POLICY, "no-referrer"),
        _ => Answer::html(StatusCode::BAD_REQUEST, "<!doctype html><p>Something went wrong.</p>".to_owned()),
    }
}

/// `POST /2/oauth2/token`.
pub(super) fn token(state: &mut State, request: &RecordedRequest) -> Answer {
    if let Err(refusal) = authenticate(request) {
        return refusal;
    }
    match request.form("grant_type") {
        Some("authorization_code") => exchange(state, request),
        Some("refresh_token") => refresh(state, request),
        _ => invalid("Missing required parameter [grant_type]."),
    }
}

fn invalid(description: &str) -> Answer {
    refusal(StatusCode::BAD_REQUEST, "invalid_request", description)
}

fn refusal(status: StatusCode, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": description }))
}

/// The one client is confidential: HTTP Basic, and nothing else.
fn authenticate(request: &RecordedRequest) -> Result<(), Answer> {
    let unauthorized = |text| refusal(StatusCode::UNAUTHORIZED, "unauthorized_client", text);
    let missing = "Missing valid authorization header";
    let header = request.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let decoded = header.and_then(|encoded| STANDARD.decode(encoded).ok());
    let pair =
        decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| unauthorized(missing))?;
    let decode = |text: &str| {
        form_urlencoded::parse(text.as_bytes()).next().map(|(text, _)| text.into_owned()).unwrap_or_default()
    };
    let (id, secret) = pair.split_once(':').ok_or_else(|| unauthorized(missing))?;
    let own = decode(id) == CLIENT_ID && decode(secret) == CLIENT_SECRET;
    if own { Ok(()) } else { Err(unauthorized("Client authentication failed")) }
}

fn exchange(state: &mut State, request: &RecordedRequest) -> Answer {
    let Ok(id) = state.grants.redeem(request, CLIENT_ID) else {
        return invalid("Value passed for the authorization code was invalid.");
    };
    // One live grant for each app and person.
    if let Some(account) = state.grants.get(id).map(|grant| grant.account.clone()) {
        state.grants.end_those(&account, |other, _| other != id);
    }
    Answer::json(StatusCode::OK, &tokens(state, id))
}

fn refresh(state: &mut State, request: &RecordedRequest) -> Answer {
    let presented = request.form("refresh_token").unwrap_or_default();
    match state.grants.by_refresh_token(presented, CLIENT_ID) {
        (Fate::Alive, Some(id)) => {
            state.grants.replace(presented);
            return Answer::json(StatusCode::OK, &tokens(state, id));
        }
        (Fate::Used, Some(id)) => state.grants.end(id),
        _ => {}
    }
    invalid("Value passed for the token was invalid.")
}

fn tokens(state: &mut State, id: u64) -> Value {
    let scopes = state.grants.get(id).map(|grant| grant.scopes.clone()).unwrap_or_default();
    // In another order than they were asked for.
    let scope: Vec<&str> = scopes.iter().rev().map(String::as_str).collect();
    let mut body = json!({
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": state.grants.new_access_token("bW9jay1hY2Nlc3M-", id),
        "scope": scope.join(" "),
    });
    if scopes.contains("offline.access") {
        let refresh_token = state.grants.new_refresh_token("bW9jay1yZWZyZXNo-", id);
        super::answer::put(&mut body, "", "refresh_token", json!(refresh_token));
    }
    body
}

/// `POST /2/oauth2/revoke`: ends the token that is named, and no other.
pub(super) fn revoke(state: &mut State, request: &RecordedRequest) -> Answer {
    if let Err(refusal) = authenticate(request) {
        return refusal;
    }
    match request.form("token") {
        Some(token) if state.grants.revoke(token) => {
            Answer::json(StatusCode::OK, &json!({ "revoked": true }))
        }
        _ => invalid("Value passed for the token was invalid."),
    }
}
