use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::{CLIENT_ID, CLIENT_SECRET, state::State};
use crate::mock_provider::{
    Answer, Asked, Choice, ConsentRefused, Decision, Fate, INVALID, Question, RecordedRequest, Visitor,
    dead_end, redirect,
};

/// What an app may ask for, in plain words.
const SCOPES: [(&str, &str); 8] = [
    ("dm.read", "Read your direct messages"),
    ("dm.write", "Send direct messages for you"),
    ("media.write", "Upload media for you"),
    ("offline.access", "Stay connected until you take access back"),
    ("tweet.read", "See the posts that you can see"),
    ("tweet.write", "Post for you"),
    ("users.email", "See your e-mail address"),
    ("users.read", "See the accounts that you can see"),
];
/// In characters.
const LONGEST_STATE: usize = 500;

/// Reads the query of the consent page; PKCE is mandatory.
pub(super) fn read(query: &[(String, String)]) -> Result<Asked, ConsentRefused> {
    let asked = Asked::read(query, CLIENT_ID)?;
    let sound = asked.challenge.is_some()
        && !asked.scopes.is_empty()
        && asked.scopes.iter().all(|scope| in_plain_words(scope).is_some())
        && asked.state.as_ref().is_none_or(|state| state.chars().count() <= LONGEST_STATE);
    if sound { Ok(asked) } else { Err(INVALID) }
}

/// Where the browser is sent when the account allows.
pub(super) fn allow(state: &mut State, account: &str, asked: &Asked) -> Url {
    let code = state.grants.new_code("VGNibXktY29kZQ-", account, asked);
    asked.callback(&[("code", code.as_str())])
}

/// Where the browser is sent when the person turns back.
pub(super) fn deny(asked: &Asked) -> Url {
    asked.callback(&[("error", "access_denied")])
}

fn in_plain_words(scope: &str) -> Option<&'static str> {
    SCOPES.iter().find(|(known, _)| *known == scope).map(|(_, words)| *words)
}

/// `GET` and `POST /i/oauth2/authorize`: without a page for people, the first account allows everything.
pub(super) fn consent(state: &mut State, request: &RecordedRequest) -> Answer {
    let asked = match read(&request.query) {
        Ok(asked) => asked,
        Err(refused) => return dead_end(refused.error),
    };
    if request.method == Method::GET && state.visitor == Visitor::Program {
        let account = state.accounts.first().map(|account| account.id.clone());
        return account
            .map_or_else(|| dead_end("access_denied"), |account| redirect(&allow(state, &account, &asked)));
    }
    let accounts = state.accounts.iter();
    let words = |scope: &String| Choice::new(scope, in_plain_words(scope).unwrap_or(scope));
    let question = Question {
        provider: "X",
        app: &asked.client_id,
        accounts: accounts.map(|one| Choice::new(&one.id, format!("@{}", one.username))).collect(),
        hinted: None,
        scopes: asked.scopes.iter().map(words).collect(),
        granular: false,
        redirect_uri: &asked.redirect_uri,
    };
    question.answer(request, |decision| match decision {
        Decision::Allow { account, .. } => Ok(allow(state, account, &asked)),
        Decision::Deny => Ok(deny(&asked)),
    })
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
