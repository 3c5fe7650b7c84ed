//! Providers in the wild speak HTTP/2 over TLS: what its layers log. Alone in its process, as it listens to all of it.

use anyhow::ensure;
use axum::{
    Json, Router,
    http::{HeaderMap, HeaderValue, StatusCode, Version, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bailee_core::{
    ClientCredentials, ClientId, ClientRegistration, DateTime, Exchange, ExposeSecret as _, IntegrationId,
    OAuthScopes, Provider, ProviderError, Refresh, Revoke, SecretString, ToolAccount, ToolCall, ToolName,
    Uuid, Validate,
};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::MockClock;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use leak_tests::{Capture, Secrets, Told, http2};
use serde_json::json;

const CLIENT: &str = "client.apps.example";
const ACCESS: &str = "ya29.an-access-token-over-http2/+==";
const RENEWED: &str = "ya29.a-renewed-token-over-http2/+==";
const REFRESH: &str = "1//0g-a-refresh-token-over-http2";
const CODE: &str = "4/0A-an-authorization-code-over-http2";
const VERIFIER: &str = "a-pkce-verifier-over-http2-of-43-characters";
const SECRET: &str = "GOCSPX-a-client-secret-over-http2";

/// A provider that speaks HTTP/2, and an adapter that asks it.
async fn google() -> anyhow::Result<Google> {
    let router = Router::new()
        .route("/token", post(token))
        .route("/revoke", post(|| async { refused() }))
        .route("/v1/userinfo", get(userinfo))
        .fallback(|| async { refused() });
    let (origin, certificate) = http2(router).await?;
    let options = HttpOptions::default().with_root_certificate_der(certificate);
    let registration = ClientRegistration::new(ClientId::new(CLIENT)?, SecretString::from(SECRET));
    Ok(Google::new(registration)?
        .with_endpoints(GoogleEndpoints::at(&origin)?)
        .with_http(HttpClient::new(&options)?))
}

async fn token(version: Version, body: String) -> Response {
    if version != Version::HTTP_2 {
        return StatusCode::HTTP_VERSION_NOT_SUPPORTED.into_response();
    }
    if body.contains("grant_type=refresh_token") {
        return Json(json!({ "access_token": RENEWED, "refresh_token": REFRESH, "token_type": "Bearer" }))
            .into_response();
    }
    let answer = json!({
        "access_token": ACCESS, "refresh_token": REFRESH, "id_token": id_token(), "token_type": "Bearer",
        "expires_in": 3600, "scope": "openid email",
    });
    Json(answer).into_response()
}

/// Takes the token, and repeats it.
async fn userinfo(version: Version, headers: HeaderMap) -> Response {
    let bearer = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    if version != Version::HTTP_2 || bearer != Some(format!("Bearer {ACCESS}").as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(json!({ "sub": "1", "token": ACCESS })).into_response()
}

/// Says no, and repeats the token.
fn refused() -> Response {
    let body = json!({ "error": { "message": ACCESS, "errors": [{ "reason": REFRESH }] } });
    (StatusCode::FORBIDDEN, Json(body)).into_response()
}

fn id_token() -> String {
    let claims = json!({ "iss": "https://accounts.google.com", "aud": CLIENT, "sub": "1" }).to_string();
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_logged_where_a_provider_speaks_http_2() -> anyhow::Result<()> {
    let log = Capture::begin()?;
    let google = google().await?;
    let mut told = Told::default();
    let outcome = exchange_and_use(&google, &mut told).await;
    let bytes = log.bytes();
    let text = String::from_utf8_lossy(&bytes);
    outcome?;
    for target in ["h2::", "hyper_util", "reqwest", "rustls"] {
        ensure!(text.contains(target), "{target} logged nothing");
    }
    let mut secrets = Secrets::default();
    for (name, secret) in [
        ("access token", ACCESS),
        ("renewed token", RENEWED),
        ("refresh token", REFRESH),
        ("identity token", &id_token()),
        ("code", CODE),
        ("verifier", VERIFIER),
        ("client secret", SECRET),
    ] {
        secrets.add(name, secret.as_bytes())?;
    }
    let mut found = secrets.found_in("the log", &bytes)?;
    found.extend(secrets.found_in("what is printed", told.text().as_bytes())?);
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}

async fn exchange_and_use(google: &Google, told: &mut Told) -> anyhow::Result<()> {
    let (client_id, secret) = (ClientId::new(CLIENT)?, SecretString::from(SECRET));
    let client = ClientCredentials { client_id: &client_id, secret: Some(&secret) };
    let exchange = Exchange {
        client,
        code: &SecretString::from(CODE),
        pkce_verifier: &SecretString::from(VERIFIER),
        redirect_uri: &"https://backend.example/callback".parse()?,
        requested: &OAuthScopes::default(),
        clock: &MockClock::new(),
    };
    let grant = google.exchange(exchange).await;
    told.tell(&grant);
    let grant = grant?;
    let renewal = google.refresh(Refresh { client, credential: &grant.credential }).await;
    told.tell(&renewal);
    ensure!(renewal?.access_token.expose_secret() == RENEWED, "another token");
    let access_token = &grant.credential.access_token;
    let valid = google
        .validate(Validate {
            access_token,
            further: &grant.credential.extra,
            account: &grant.account,
            config: &grant.config,
        })
        .await;
    told.tell(&valid);
    valid?;
    let account = ToolAccount {
        integration: IntegrationId::from_parts(1, [0; 10]),
        account: &grant.account,
        access_token,
        config: &serde_json::Map::new(),
    };
    let tool = ToolName::new("list_events")?;
    let arguments = json!({ "time_min": "2030-01-01T00:00:00Z", "time_max": "2030-01-02T00:00:00Z" });
    let call = ToolCall {
        tool: &tool,
        arguments: &arguments,
        accounts: &[account],
        idempotency_key: None,
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
    };
    let refused = google.call(call).await;
    ensure!(matches!(refused, Err(ProviderError::Rejected { status: 403, .. })), "{refused:?}");
    told.tell(&refused);
    let revoked = google.revoke(Revoke { client: None, credential: &grant.credential }).await;
    ensure!(revoked.is_err(), "it was refused");
    told.tell(&revoked);
    Ok(())
}
