use http::{Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::{ACCOUNT_ID, CLIENT_ID, CLIENT_SECRET, state::State};
use crate::mock_provider::{
    Answer, Asked, Choice, CodeError, ConsentRefused, Decision, Fate, INVALID, Question, RecordedRequest,
    Visitor, dead_end, redirect,
};

/// What every app may ask for, in plain words.
const SELF_SERVE: [(&str, &str); 4] = [
    ("email", "Use the primary e-mail address of your account"),
    ("openid", "Know who you are"),
    ("profile", "Use your name and photo"),
    ("w_member_social", "Create, modify and delete posts, comments and reactions for you"),
];
/// In seconds: 60 days.
const LIFETIME: u32 = 5_184_000;
/// In seconds: 365 days.
const REFRESH_LIFETIME: u32 = 31_536_000;

/// Reads the query of the consent page. Its web flow knows no challenge.
pub(super) fn read(query: &[(String, String)]) -> Result<Asked, ConsentRefused> {
    let asked = Asked::read(query, CLIENT_ID)?;
    if asked.challenge.is_some() || asked.scopes.is_empty() { Err(INVALID) } else { Ok(asked) }
}

/// Where the browser is sent when the account allows: all of it, or nothing.
pub(super) fn allow(state: &mut State, account: &str, asked: &Asked) -> Url {
    if !state.partner && asked.scopes.iter().any(|scope| in_plain_words(scope).is_none()) {
        let description = "Scope is not authorized for your application";
        let error = "unauthorized_scope_error";
        return asked.callback(&[("error", error), ("error_description", description)]);
    }
    let code = state.grants.new_code("AQTmock-code-", account, asked);
    asked.callback(&[("code", code.as_str())])
}

/// Where the browser is sent when the person turns back.
pub(super) fn deny(asked: &Asked) -> Url {
    let error = ("error", "user_cancelled_authorize");
    asked.callback(&[error, ("error_description", "The user cancelled the authorization")])
}

fn in_plain_words(scope: &str) -> Option<&'static str> {
    SELF_SERVE.iter().find(|(known, _)| *known == scope).map(|(_, words)| *words)
}

/// `GET` and `POST /oauth/v2/authorization`: without a page for people, the first account allows everything.
pub(super) fn consent(state: &mut State, request: &RecordedRequest) -> Answer {
    let asked = match read(&request.query) {
        Ok(asked) => asked,
        Err(refused) => return dead_end(refused.error),
    };
    if request.method == Method::GET && state.visitor == Visitor::Program {
        return redirect(&allow(state, ACCOUNT_ID, &asked));
    }
    let accounts = state.accounts.iter();
    let words = |scope: &String| Choice::new(scope, in_plain_words(scope).unwrap_or(scope));
    let question = Question {
        provider: "LinkedIn",
        app: &asked.client_id,
        accounts: accounts.map(|one| Choice::new(&one.id, format!("{} ({})", one.name, one.email))).collect(),
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

/// `POST /oauth/v2/accessToken`.
pub(super) fn token(state: &mut State, request: &RecordedRequest) -> Answer {
    let own = request.form("client_id") == Some(CLIENT_ID);
    let proven = request.form("client_secret") == Some(CLIENT_SECRET);
    if !own || !proven || request.header("authorization").is_some() {
        let error = if own { "invalid_client" } else { "invalid_client_id" };
        return refusal(StatusCode::UNAUTHORIZED, error, "Client authentication failed");
    }
    match request.form("grant_type") {
        Some("authorization_code") => exchange(state, request),
        Some("refresh_token") => refresh(state, request),
        _ => invalid("A required parameter \"grant_type\" is missing"),
    }
}

fn refusal(status: StatusCode, error: &str, description: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": description }))
}

fn invalid(description: &str) -> Answer {
    refusal(StatusCode::BAD_REQUEST, "invalid_request", description)
}

fn exchange(state: &mut State, request: &RecordedRequest) -> Answer {
    match state.grants.redeem(request, CLIENT_ID) {
        Ok(id) => {
            // To ask for another set than before ends what came of the earlier one.
            if let Some(grant) = state.grants.get(id).cloned() {
                state.grants.end_those(&grant.account, |_, other| other.scopes != grant.scopes);
            }
            let refresh_token = state.partner.then(|| state.grants.new_refresh_token("AQXmock-refresh-", id));
            Answer::json(StatusCode::OK, &tokens(state, id, refresh_token.as_deref()))
        }
        Err(CodeError::NotFound) => invalid("Unable to retrieve access token: authorization code not found"),
        Err(CodeError::Mismatch) => refusal(
            StatusCode::BAD_REQUEST,
            "invalid_redirect_uri",
            "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. \
             Or authorization code expired. Or external member binding exists",
        ),
    }
}

/// The refresh token stays.
fn refresh(state: &mut State, request: &RecordedRequest) -> Answer {
    let presented = request.form("refresh_token").unwrap_or_default();
    match state.grants.by_refresh_token(presented, CLIENT_ID) {
        (Fate::Alive, Some(id)) => Answer::json(StatusCode::OK, &tokens(state, id, Some(presented))),
        _ => invalid("The provided authorization grant or refresh token is invalid, expired or revoked"),
    }
}

fn tokens(state: &mut State, id: u64, refresh_token: Option<&str>) -> Value {
    let scopes = state.grants.get(id).map(|grant| grant.scopes.clone()).unwrap_or_default();
    let scope: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let mut body = json!({
        "access_token": state.grants.new_access_token("AQXmock-access-", id),
        "expires_in": LIFETIME,
        "scope": scope.join(","),
        "token_type": "Bearer",
    });
    if let (Some(members), Some(refresh_token)) = (body.as_object_mut(), refresh_token) {
        members.insert("refresh_token".to_owned(), json!(refresh_token));
        members.insert("refresh_token_expires_in".to_owned(), json!(REFRESH_LIFETIME));
    }
    body
}
