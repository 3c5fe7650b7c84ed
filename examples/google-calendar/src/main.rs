//! The least a host writes to connect Google accounts and use their calendars.
//!
//! ```sh
//! export BAILEE_BASE_URL=http://localhost:8080
//! export BAILEE_DATABASE_URL=sqlite://calendar.db    # or postgres://…, mysql://…
//! export BAILEE_KEYS=$(openssl rand -base64 32)      # keep it: it opens what it sealed
//! export GOOGLE_CLIENT_ID=… GOOGLE_CLIENT_SECRET=…   # redirect URI: http://localhost:8080/api/oauth/google/callback
//! cargo run -p google-calendar
//! ```
//!
//! Sign-in is the host's own business; this one takes the user from a header that a trusted proxy sets. The page of a
//! host calls `auth_link`, sends the browser to its `url`, and asks `/api/agenda` afterwards.
#![expect(clippy::print_stdout, reason = "an example that tells where it listens")]

use std::{net::Ipv4Addr, time::Duration};

use anyhow::Context as _;
use axum::{
    Json, Router,
    extract::{Query, Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use bailee::{
    Actor, Bailee, ErrorKind, KeyRing, Live, Owner, Provider as _, ProviderError, Session, SqlStore,
    TokenError, Transport,
    core::{DateTime, ToolAccount, ToolCall, ToolName, Uuid},
    http::{FromExtension, SignedIn},
    providers::Google,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let store = SqlStore::open(&variable("BAILEE_DATABASE_URL")?).await?;
    store.migrate().await?;
    let keys = KeyRing::from_env("BAILEE_KEYS")?;
    let google = Google::from_env()?.context("GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are not set")?;
    let bailee = Bailee::builder(store, keys)
        .base_url(variable("BAILEE_BASE_URL")?.parse()?)
        .provider(google.clone())
        .build()?;
    bailee.verify().await?;
    let background = bailee.start();

    let app = Router::new()
        .route("/api/agenda", get(agenda))
        .with_state(Host { bailee: bailee.clone(), google })
        .merge(bailee::http::router(&bailee, FromExtension::<CurrentUser>::new()))
        .layer(middleware::from_fn(sign_in));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 8080)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(interrupted()).await?;
    background.shutdown(Duration::from_secs(30)).await;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this host is configured by its environment")]
fn variable(name: &str) -> anyhow::Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set"))
}

async fn interrupted() {
    // Without a signal handler the host runs until it is killed.
    let _ = tokio::signal::ctrl_c().await;
}

/// The user, as this host's sign-in knows them.
#[derive(Clone)]
struct CurrentUser(Owner);

impl SignedIn for CurrentUser {
    fn session(&self) -> Session {
        Session { owner: self.0.clone(), actor: Actor::Human, transport: Transport::Bearer }
    }
}

async fn sign_in(mut request: Request, next: Next) -> Response {
    let user = request.headers().get("x-authenticated-user").and_then(|value| value.to_str().ok());
    if let Some(owner) = user.and_then(|user| Owner::user(user).ok()) {
        request.extensions_mut().insert(CurrentUser(owner));
    }
    next.run(request).await
}

#[derive(Clone)]
struct Host {
    bailee: Bailee,
    google: Google,
}

#[derive(Deserialize)]
struct Window {
    from: String,
    to: String,
}

/// The user's events in a window of time, read with their own token.
async fn agenda(
    State(host): State<Host>,
    user: Option<axum::Extension<CurrentUser>>,
    Query(window): Query<Window>,
) -> Result<Json<Value>, Failure> {
    let axum::Extension(CurrentUser(owner)) = user.ok_or(Failure(StatusCode::UNAUTHORIZED))?;
    let live = host.bailee.token(&owner, "google").await?;
    let arguments = json!({ "time_min": window.from, "time_max": window.to });
    match host.list_events(&live, &arguments).await {
        // The user took the access away a moment ago, or an administrator ended the session: one better token, no loop.
        Err(ProviderError::TokenRejected) => {
            let live = host.bailee.rejected(&live).await?;
            Ok(Json(host.list_events(&live, &arguments).await?))
        }
        answer => Ok(Json(answer?)),
    }
}

impl Host {
    async fn list_events(&self, live: &Live, arguments: &Value) -> Result<Value, ProviderError> {
        let account = [ToolAccount {
            integration: live.integration(),
            account: live.account(),
            access_token: live.token(),
            config: &serde_json::Map::new(),
        }];
        let tool = ToolName::new("list_events").map_err(|_| ProviderError::Unsupported)?;
        let call = ToolCall {
            tool: &tool,
            arguments,
            accounts: &account,
            idempotency_key: None,
            // For tools that write.
            id: Uuid::nil(),
            now: DateTime::UNIX_EPOCH,
        };
        Ok(self.google.call(call).await?.content)
    }
}

/// What the host answers. A real one says more: every error of bailee has a kind and a sentence.
struct Failure(StatusCode);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::Reconnect | ErrorKind::NotFound => StatusCode::CONFLICT,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Refused => StatusCode::FORBIDDEN,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self(status(error.kind()))
    }
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self(status(error.kind()))
    }
}
