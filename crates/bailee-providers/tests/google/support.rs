//! A server that answers from a list and remembers what it was asked.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{Response, StatusCode, header::CONTENT_TYPE},
};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, net::TcpListener};
use url::{Url, form_urlencoded};

use bailee_core::{
    Account, AccountId, ClientId, ClientRegistration, Credential, DateTime, IntegrationId, Provider as _,
    ProviderError, SecretString, ToolAccount, ToolCall, ToolName, Uuid,
};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};

pub(crate) const SUBJECT: &str = "110248495921238986420";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const REDIRECT: &str = "https://app.example.test/api/oauth/google/callback";
/// The tools of one service, so that what is asked for stays the same when others are added.
pub(crate) const CALENDAR_TOOLS: [&str; 4] =
    ["create_event", "list_events", "delete_event", "list_calendar_events"];
/// What a connect for them asks for.
pub(crate) const ALL: &str = "email https://www.googleapis.com/auth/calendar openid";
pub(crate) const CLIENT: &str = "4821.apps.googleusercontent.com";

/// One request, as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) authorization: Option<String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        pairs(&self.body)
    }

    pub(crate) fn json(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.body)?)
    }
}

pub(crate) fn pairs(text: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// A map of texts, to compare with.
pub(crate) fn texts<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    entries.into_iter().map(owned).collect()
}

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<(u16, String)>,
    seen: Vec<Seen>,
}

/// Google, and the server that it is pointed at.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) google: Google,
    script: Arc<Mutex<Script>>,
}

impl Kit {
    /// A server that gives these answers in turn; to any further request it says 599.
    pub(crate) async fn answering<const N: usize>(answers: [(u16, &str); N]) -> Result<Self> {
        let answers = answers.into_iter().map(|(status, body)| (status, body.to_owned())).collect();
        let script = Arc::new(Mutex::new(Script { answers, seen: Vec::new() }));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { google: google_at(&origin)?, script })
    }

    /// What was asked so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.script).seen.clone()
    }

    /// The one thing that was asked.
    pub(crate) fn only(&self) -> Result<Seen> {
        let seen = self.seen();
        let [only] = seen.as_slice() else {
            anyhow::bail!("{} requests", seen.len());
        };
        Ok(only.clone())
    }

    /// Calls a tool as Ada.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> Result<Result<Value, ProviderError>> {
        call(&self.google, tool, &arguments, None).await
    }

    pub(crate) async fn call_with_key(
        &self,
        tool: &str,
        arguments: &Value,
        key: &str,
    ) -> Result<Result<Value, ProviderError>> {
        call(&self.google, tool, arguments, Some(key)).await
    }
}

pub(crate) async fn call(
    google: &Google,
    tool: &str,
    arguments: &Value,
    idempotency_key: Option<&str>,
) -> Result<Result<Value, ProviderError>> {
    let account = ada()?;
    let access_token = secret("ya29.live");
    let accounts = [ToolAccount {
        integration: IntegrationId::from(Uuid::nil()),
        account: &account,
        access_token: &access_token,
        config: &serde_json::Map::new(),
    }];
    let call = ToolCall {
        tool: &ToolName::new(tool)?,
        arguments,
        accounts: &accounts,
        idempotency_key,
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
    };
    Ok(google.call(call).await.map(|output| output.content))
}

pub(crate) fn google_at(origin: &Url) -> Result<Google> {
    Ok(Google::new(registration()?)?
        .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?)
        .with_endpoints(GoogleEndpoints::at(origin)?))
}

/// Google behind a server that takes one request and leaves without a word.
pub(crate) async fn google_that_hangs_up() -> Result<Google> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let origin = Url::parse(&format!("http://{}", listener.local_addr()?))?;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream.read(&mut [0; 16 * 1024]).await
    });
    google_at(&origin)
}

/// Google with the tools of the calendar.
pub(crate) fn google() -> Result<Google> {
    Ok(Google::new(registration()?)?.with_tools(CALENDAR_TOOLS)?)
}

pub(crate) fn registration() -> Result<ClientRegistration> {
    Ok(ClientRegistration::new(ClientId::new(CLIENT)?, secret("GOCSPX-secret")))
}

pub(crate) fn ada() -> Result<Account> {
    Ok(Account { id: AccountId::new(SUBJECT)?, label: Some("ada@example.test".to_owned()) })
}

pub(crate) fn credential() -> Credential {
    Credential::new(secret("ya29.access")).with_refresh_token(secret("1//0refresh"))
}

pub(crate) fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

async fn answer(
    State(script): State<Arc<Mutex<Script>>>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let seen = read(request).await.map_err(|_| StatusCode::IM_A_TEAPOT)?;
    let mut script = lock(&script);
    script.seen.push(seen);
    let (status, body) = script.answers.pop_front().unwrap_or((599, String::new()));
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "application/json; charset=UTF-8")
        .body(Body::from(body))
        .map_err(|_| StatusCode::IM_A_TEAPOT)
}

async fn read(request: Request) -> Result<Seen> {
    let (head, body) = request.into_parts();
    let authorization = head.headers.get("authorization").map(|value| value.to_str().map(str::to_owned));
    Ok(Seen {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: pairs(head.uri.query().unwrap_or_default()),
        authorization: authorization.transpose()?,
        body: String::from_utf8(to_bytes(body, 1024 * 1024).await?.to_vec()).context("not UTF-8")?,
    })
}

fn lock(script: &Mutex<Script>) -> std::sync::MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The arguments of a simple event.
pub(crate) fn tea() -> Value {
    json!({"summary": "Tea", "start": "2026-03-04T15:00:00+01:00", "end": "2026-03-04T16:00:00+01:00"})
}

/// Some arguments with others laid over them; null takes one away.
pub(crate) fn changed(mut arguments: Value, change: Value) -> Value {
    let (Some(members), Value::Object(change)) = (arguments.as_object_mut(), change) else {
        return arguments;
    };
    for (name, value) in change {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
    arguments
}
