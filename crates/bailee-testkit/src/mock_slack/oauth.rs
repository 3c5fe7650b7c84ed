use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    APP_ID, CLIENT_ID, CLIENT_SECRET, TEAM_ID, TEAM_NAME,
    state::{Kind, Members, Refused, State, answer, listed},
};
use crate::mock_provider::{Answer, RecordedRequest, object};

/// `oauth.v2.access`: exchange and refresh.
pub(super) fn access(state: &mut State, request: &RecordedRequest) -> Answer {
    let tried = authenticated(request).and_then(|()| match request.form("grant_type") {
        None | Some("authorization_code") => exchange(state, request),
        Some("refresh_token") => refresh(state, request),
        Some(_) => Err("invalid_grant_type"),
    });
    answer(tried)
}

/// By a Basic header or by the form.
pub(super) fn authenticated(request: &RecordedRequest) -> Result<(), Refused> {
    let basic = request.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let field = |name| request.form(name).unwrap_or_default().to_owned();
    let (id, secret) = match basic {
        Some(encoded) => decoded(encoded).ok_or("invalid_client_id")?,
        None => (field("client_id"), field("client_secret")),
    };
    match (id == CLIENT_ID, secret == CLIENT_SECRET) {
        (true, true) => Ok(()),
        (true, false) => Err("bad_client_secret"),
        (false, _) => Err("invalid_client_id"),
    }
}

fn decoded(encoded: &str) -> Option<(String, String)> {
    let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    pair.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

fn exchange(state: &mut State, request: &RecordedRequest) -> Result<Value, Refused> {
    let code = state.codes.get_mut(request.form("code").unwrap_or_default()).ok_or("invalid_code")?;
    if code.used {
        return Err("invalid_code");
    }
    if request.form("code_verifier").is_some() {
        return Err("pkce_not_allowed");
    }
    if request.form("redirect_uri") != Some(code.redirect_uri.as_str()) {
        return Err("bad_redirect_uri");
    }
    code.used = true;
    let code = code.clone();
    state.installed = true;
    let mut body = state.issue(Kind::Bot, &code.user);
    state.bot_scopes.extend(code.bot_scopes);
    let mut person = vec![("id", Some(json!(code.user)))];
    if !code.user_scopes.is_empty() {
        person.extend(state.issue(Kind::User, &code.user));
        state.user_scopes.extend(code.user_scopes);
        person.push(("scope", Some(json!(listed(&state.user_scopes)))));
    }
    body.extend(about_app());
    body.extend([
        ("authed_user", Some(object(person))),
        ("scope", Some(json!(listed(&state.bot_scopes)))),
        ("bot_user_id", Some(json!("U0BOT"))),
        ("is_enterprise_install", Some(json!(false))),
    ]);
    Ok(object(body))
}

fn about_app() -> Members {
    vec![
        ("ok", Some(json!(true))),
        ("app_id", Some(json!(APP_ID))),
        ("team", Some(json!({ "id": TEAM_ID, "name": TEAM_NAME }))),
        ("enterprise", Some(Value::Null)),
    ]
}

fn refresh(state: &mut State, request: &RecordedRequest) -> Result<Value, Refused> {
    let presented = request.form("refresh_token").unwrap_or_default();
    let known =
        state.refresh.get_mut(presented).filter(|known| known.alive).ok_or("invalid_refresh_token")?;
    known.alive = false;
    let known = known.clone();
    let mut body = state.issue(known.kind, &known.user);
    let scopes = if known.kind == Kind::Bot { &state.bot_scopes } else { &state.user_scopes };
    body.extend(about_app());
    body.push(("scope", Some(json!(listed(scopes)))));
    Ok(object(body))
}
