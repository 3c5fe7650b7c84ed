//! Tokens: exchange, refresh, revocation, introspection, and whose they are.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    CLIENT_ID, CLIENT_SECRET, USER_ID,
    answer::{error, invalid_client, invalid_grant, invalid_request, ok, unauthorized},
    state::{Access, Grant, RefreshToken, State},
};
use crate::mock_provider::{Answer, RecordedRequest, token as new_token};

/// The person's name for people.
const USER_NAME: &str = "Ada Example";

/// `POST /v1/oauth/token`: JSON, with the client in the header.
pub(super) fn token(state: &mut State, request: &RecordedRequest) -> Answer {
    if !is_client(request) {
        return invalid_client();
    }
    let Some(body) = &request.json else {
        return error(StatusCode::BAD_REQUEST, "invalid_json", "Error parsing JSON body.");
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let granted = match text("grant_type") {
        "authorization_code" => exchange(state, text("code"), text("redirect_uri")),
        "refresh_token" => refresh(state, text("refresh_token")),
        "" => return invalid_request("body.grant_type should be defined."),
        _ => return error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Unsupported grant type."),
    };
    match granted {
        Some(grant) => ok(&tokens(state, grant)),
        None => invalid_grant(),
    }
}

/// Plain, unlike RFC 6749 §2.3.1.
fn is_client(request: &RecordedRequest) -> bool {
    let encoded = request.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let decoded = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
    decoded.is_some_and(|pair| pair == format!("{CLIENT_ID}:{CLIENT_SECRET}").as_bytes())
}

fn exchange(state: &mut State, code: &str, redirect_uri: &str) -> Option<usize> {
    let known = state.codes.get_mut(code)?;
    if let Some(grant) = known.used {
        // RFC 6749 §4.1.2: what the first use gave is taken back.
        state.end(grant);
        return None;
    }
    if known.redirect_uri != redirect_uri {
        return None;
    }
    let grant = state.grants.len();
    known.used = Some(grant);
    let tenant = known.tenant;
    state.grants.push(Grant { tenant, alive: true });
    Some(grant)
}

fn refresh(state: &mut State, presented: &str) -> Option<usize> {
    let known = state.refresh.get_mut(presented)?;
    let (grant, used) = (known.grant, known.used);
    known.used = true;
    if used {
        state.end(grant);
    }
    if !state.is_alive(grant) {
        return None;
    }
    // The access token of before is replaced too.
    for access in state.access.values_mut().filter(|access| access.grant == grant) {
        access.expired = true;
    }
    Some(grant)
}

fn tokens(state: &mut State, grant: usize) -> Value {
    let (access_token, refresh_token) = (new_token("ntn_mock_access_"), new_token("nrt_mock_refresh_"));
    state.access.insert(access_token.clone(), Access { grant, expired: false });
    state.refresh.insert(refresh_token.clone(), RefreshToken { grant, used: false });
    let tenant = state.tenant(grant);
    json!({
        "access_token": access_token,
        "token_type": "bearer",
        "refresh_token": refresh_token,
        "bot_id": tenant.map(|tenant| &tenant.bot_id),
        "workspace_icon": null,
        "workspace_name": tenant.map(|tenant| &tenant.workspace_name),
        "workspace_id": tenant.map(|tenant| &tenant.workspace_id),
        "owner": owner(),
        "duplicated_template_id": null,
        "request_id": "3c90c3cc-1111-4222-8333-444455556666",
    })
}

fn owner() -> Value {
    let person = json!({
        "object": "user",
        "id": USER_ID,
        "name": USER_NAME,
        "avatar_url": null,
        "type": "person",
        "person": { "email": "ada@example.test" },
    });
    json!({ "type": "user", "user": person })
}

/// `POST /v1/oauth/revoke`.
pub(super) fn revoke(state: &mut State, request: &RecordedRequest) -> Answer {
    if !is_client(request) {
        return invalid_client();
    }
    let Some(token) = asked_token(request) else {
        return invalid_request("body.token should be defined.");
    };
    let Some(grant) =
        state.access.get(token).map(|access| access.grant).filter(|grant| state.is_alive(*grant))
    else {
        return invalid_grant();
    };
    state.end(grant);
    ok(&json!({ "request_id": "3c90c3cc-1111-4222-8333-444455556666" }))
}

/// `POST /v1/oauth/introspect`.
pub(super) fn introspect(state: &State, request: &RecordedRequest) -> Answer {
    if !is_client(request) {
        return invalid_client();
    }
    match asked_token(request) {
        Some(token) => ok(&json!({ "active": state.is_live(token) })),
        None => invalid_request("body.token should be defined."),
    }
}

fn asked_token(request: &RecordedRequest) -> Option<&str> {
    request.json.as_ref()?.get("token")?.as_str()
}

/// `GET /v1/users/me`, with any capability.
pub(super) fn me(state: &State, request: &RecordedRequest) -> Answer {
    let live = request.bearer().filter(|token| state.is_live(token));
    let access = live.and_then(|token| state.access.get(token));
    let Some(tenant) = access.and_then(|access| state.tenant(access.grant)) else {
        return unauthorized();
    };
    let limits = json!({ "max_file_upload_size_in_bytes": 5_242_880 });
    ok(&json!({
        "object": "user",
        "id": tenant.bot_id,
        "name": "bailee",
        "avatar_url": null,
        "type": "bot",
        "bot": {
            "owner": owner(),
            "workspace_id": tenant.workspace_id,
            "workspace_name": tenant.workspace_name,
            "workspace_limits": limits,
        },
    }))
}
