use std::time::Duration;

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::StatusCode;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    ISSUER, Time,
    scope::{EMAIL, PROFILE, shuffled},
    state::{Access, Grant, RefreshToken, Rotation, State, object},
};
use crate::mock_provider::{Answer, RecordedRequest, token};

/// How long a code can be exchanged, by the test's clock.
const CODE_LIFETIME: Duration = Duration::from_mins(10);

/// `POST /token`: exchange and refresh.
pub(super) fn token_endpoint(state: &mut State, time: &Time, request: &RecordedRequest) -> Answer {
    let tried = authenticate(state, request).and_then(|client_id| match request.form("grant_type") {
        Some("authorization_code") => exchange(state, time, request, &client_id),
        Some("refresh_token") => refresh(state, time, request, &client_id),
        Some(_) => Err(Refusal::new("unsupported_grant_type", "Invalid grant_type")),
        None => Err(Refusal::new("invalid_request", "Required parameter is missing: grant_type")),
    });
    match tried {
        Ok(body) => Answer::json(StatusCode::OK, &body),
        Err(refusal) => refusal.answer(),
    }
}

/// An error of RFC 6749 §5.2.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

impl Refusal {
    pub(super) const fn new(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description }
    }

    const fn unauthorized(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error, description }
    }

    const fn grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    pub(super) fn answer(&self) -> Answer {
        let body = json!({ "error": self.error, "error_description": self.description });
        Answer::json(self.status, &body)
    }
}

/// The id of the client, from the form or from a Basic header (RFC 6749 §2.3.1), but not from both.
fn authenticate(state: &State, request: &RecordedRequest) -> Result<String, Refusal> {
    let (id, secret) = match request.header("authorization") {
        Some(_) if request.form("client_secret").is_some() => {
            return Err(Refusal::new("invalid_request", "More than one client authentication method"));
        }
        Some(header) => basic(header)
            .ok_or_else(|| Refusal::unauthorized("invalid_client", "The OAuth client was not found."))?,
        None => (
            request.form("client_id").unwrap_or_default().to_owned(),
            request.form("client_secret").unwrap_or_default().to_owned(),
        ),
    };
    if id.is_empty() {
        return Err(Refusal::new("invalid_request", "Could not determine client ID from request."));
    }
    match state.client(&id) {
        None => Err(Refusal::unauthorized("invalid_client", "The OAuth client was not found.")),
        Some(client) if client.deleted => {
            Err(Refusal::unauthorized("deleted_client", "The OAuth client was deleted."))
        }
        Some(client) if !client.secrets.contains(&secret) => {
            Err(Refusal::unauthorized("invalid_client", "Unauthorized"))
        }
        Some(_) => Ok(id),
    }
}

fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let decode =
        |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(decoded, _)| decoded.into_owned());
    Some((decode(id)?, decode(secret)?))
}

fn exchange(
    state: &mut State,
    time: &Time,
    request: &RecordedRequest,
    client_id: &str,
) -> Result<Value, Refusal> {
    let code = request.form("code").unwrap_or_default();
    let Some(known) = state.codes.get(code) else {
        return Err(Refusal::grant("Malformed auth code."));
    };
    if let Some(grant) = known.used {
        // RFC 6749 §4.1.2: what the first use gave is taken back.
        state.end(grant);
        return Err(Refusal::grant("Bad Request"));
    }
    let late = known
        .issued
        .zip(time.elapsed())
        .is_some_and(|(issued, now)| now.saturating_sub(issued) >= CODE_LIFETIME);
    let same_uri = request.form("redirect_uri") == Some(known.redirect_uri.as_str());
    if known.expired || late || known.grant.client_id != client_id || !same_uri {
        return Err(Refusal::grant("Bad Request"));
    }
    match (&known.challenge, request.form("code_verifier")) {
        (None, None) => {}
        (None, Some(_)) => return Err(Refusal::grant("Unexpected code verifier.")),
        (Some(_), None) => return Err(Refusal::grant("Missing code verifier.")),
        (Some(challenge), Some(verifier)) if s256(verifier) == *challenge => {}
        (Some(_), Some(_)) => return Err(Refusal::grant("Invalid code verifier.")),
    }
    let grant = known.grant.clone();
    let id = state.next_serial();
    if let Some(known) = state.codes.get_mut(code) {
        known.used = Some(id);
    }
    state.grants.insert(id, grant.clone());
    let refresh_token = grant.offline.then(|| new_refresh_token(state, id, &grant));
    Ok(tokens(state, time, id, &grant, refresh_token))
}

/// BASE64URL(SHA-256(verifier)), RFC 7636 §4.6.
fn s256(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

fn refresh(
    state: &mut State,
    time: &Time,
    request: &RecordedRequest,
    client_id: &str,
) -> Result<Value, Refusal> {
    let presented = request.form("refresh_token").unwrap_or_default();
    let Some(known) = state.refresh.get(presented).cloned() else {
        return Err(Refusal::grant("Bad Request"));
    };
    let Some(grant) = state.grants.get(&known.grant).cloned() else {
        return Err(Refusal::grant("Bad Request"));
    };
    if grant.client_id != client_id {
        return Err(Refusal::grant("Bad Request"));
    }
    if state.account_by_sub(&grant.sub).is_none_or(|account| account.deleted) {
        return Err(Refusal::grant("Account has been deleted"));
    }
    if !grant.alive || !known.alive {
        return Err(Refusal::grant("Token has been expired or revoked."));
    }
    let next = rotate(state, presented, &known, &grant)?;
    Ok(tokens(state, time, known.grant, &grant, next))
}

/// The token that replaces the presented one, where the mock rotates.
fn rotate(
    state: &mut State,
    presented: &str,
    known: &RefreshToken,
    grant: &Grant,
) -> Result<Option<String>, Refusal> {
    let grace = match state.settings.rotation {
        Rotation::Off => return Ok(None),
        Rotation::Grace(uses) => uses,
        Rotation::Strict => 0,
    };
    let left = match known.replaced {
        None => grace,
        Some(0) => {
            state.reuses += 1;
            state.end(known.grant);
            return Err(Refusal::grant("Token has been expired or revoked."));
        }
        Some(left) => left - 1,
    };
    if let Some(token) = state.refresh.get_mut(presented) {
        token.replaced = Some(left);
    }
    Ok(Some(new_refresh_token(state, known.grant, grant)))
}

/// A refresh token of the grant. Above the limit per account and client, the oldest dies without a word.
fn new_refresh_token(state: &mut State, id: u64, grant: &Grant) -> String {
    let serial = state.next_serial();
    let text = token("1//0gmock-refresh-");
    let entry = RefreshToken { grant: id, serial, alive: true, replaced: None };
    state.refresh.insert(text.clone(), entry);
    let mut live: Vec<(u64, String)> = state
        .refresh
        .iter()
        .filter(|(_, token)| token.alive && token.replaced.is_none() && belongs(state, token.grant, grant))
        .map(|(text, token)| (token.serial, text.clone()))
        .collect();
    live.sort_unstable();
    let surplus = live.len().saturating_sub(state.settings.refresh_token_limit);
    for (_, text) in live.into_iter().take(surplus) {
        if let Some(token) = state.refresh.get_mut(&text) {
            token.alive = false;
        }
    }
    text
}

fn belongs(state: &State, id: u64, to: &Grant) -> bool {
    state
        .grants
        .get(&id)
        .is_some_and(|grant| grant.alive && grant.sub == to.sub && grant.client_id == to.client_id)
}

fn tokens(state: &mut State, time: &Time, id: u64, grant: &Grant, refresh_token: Option<String>) -> Value {
    let access_token = token("ya29.mock-access-");
    let lifetime = Duration::from_secs(u64::try_from(state.settings.expires_in).unwrap_or(0));
    let access =
        Access { grant: id, expired: false, expires: time.elapsed().map(|now| now.saturating_add(lifetime)) };
    state.access.insert(access_token.clone(), access);
    let serial = state.next_serial();
    let until = state.settings.refresh_token_expires_in;
    let id_token = id_token(state, time, grant);
    state.id_tokens.extend(id_token.clone());
    object([
        ("access_token", Some(json!(access_token))),
        ("expires_in", Some(json!(state.settings.expires_in))),
        ("refresh_token_expires_in", refresh_token.as_ref().and(until).map(|seconds| json!(seconds))),
        ("refresh_token", refresh_token.map(Value::String)),
        ("scope", Some(json!(shuffled(&grant.scopes, serial)))),
        ("token_type", Some(json!("Bearer"))),
        ("id_token", id_token.map(Value::String)),
    ])
}

/// An identity token with a signature that nobody can verify; `None` where `openid` was not granted.
fn id_token(state: &State, time: &Time, grant: &Grant) -> Option<String> {
    let account = state.account_by_sub(&grant.sub)?;
    if !grant.scopes.contains("openid") {
        return None;
    }
    let issued = time.now().timestamp();
    let with_email = grant.scopes.contains(EMAIL);
    let claims = object([
        ("iss", Some(json!(ISSUER))),
        ("azp", Some(json!(grant.client_id))),
        ("aud", Some(json!(grant.client_id))),
        ("sub", Some(json!(account.sub))),
        ("hd", account.hosted_domain.as_ref().map(|domain| json!(domain))),
        ("email", with_email.then(|| json!(account.email))),
        ("email_verified", with_email.then_some(Value::Bool(true))),
        ("name", grant.scopes.contains(PROFILE).then(|| json!(account.name))),
        ("nonce", grant.nonce.as_ref().map(|nonce| json!(nonce))),
        ("iat", Some(json!(issued))),
        ("exp", Some(json!(issued + 3600))),
    ]);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "alg": "RS256", "kid": "mock", "typ": "JWT" });
    let signature = URL_SAFE_NO_PAD.encode("not a signature");
    Some(format!("{}.{}.{signature}", part(&header), part(&claims)))
}
