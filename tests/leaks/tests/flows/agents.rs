//! Agents at their door, in both eras of the protocol.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use axum::{Router, body::Body};
use bailee_core::{Caller, ExposeSecret as _};
use bailee_mcp::RunTokens;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use http::{HeaderValue, Request, header};
use http_tests::{Answer, BASE, send};
use serde_json::{Value, json};

use crate::rig::{Rig, person};

const VERSION: &str = "2026-07-28";

pub(crate) async fn visits(rig: &mut Rig<'_>) -> anyhow::Result<()> {
    let door = bailee_mcp::router("/mcp", &rig.bailee, RunTokens);
    let caller = Caller::own(person("ada")?, "a-profile")?;
    let run = rig.bailee.run_token(&caller, Duration::from_mins(5)).await?;
    rig.printed(&run);
    let token = run.token.expose_secret().to_owned();
    let event = json!({
        "summary": "a", "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z", "idempotency_key": "k",
    });
    let listed = ask(rig, &door, &token, "tools/list", json!({})).await?;
    ensure!(text(&listed).contains("create_event"), "{listed:?}");
    for _ in 0..2 {
        let answer = ask(rig, &door, &token, "tools/call", call("create_event", &event)).await?;
        ensure!(text(&answer).contains("\"isError\":false"), "{answer:?}");
    }
    let access = rig.live("ada").await?.token().expose_secret().to_owned();
    for fault in [
        Fault::Answer { status: 400, json: json!({ "error": { "message": access, "status": access } }) },
        Fault::Answer { status: 403, json: json!({ "error": { "errors": [{ "reason": access }] } }) },
        Fault::Body(access.clone().into_bytes().into()),
        Fault::Status(500),
    ] {
        rig.mock.fault(Endpoint::Api("calendar.freebusy.query"), fault).times(3);
        let window = json!({ "time_min": "2030-01-01T00:00:00Z", "time_max": "2030-01-02T00:00:00Z" });
        ask(rig, &door, &token, "tools/call", call("list_calendar_events", &window)).await?;
        rig.mock.heal();
        rig.clock.skip();
    }
    let page = json!({ "provider": "google" });
    ask(rig, &door, &token, "tools/call", call("connect_integration", &page)).await?;
    ask(rig, &door, &format!("{token}0"), "tools/list", json!({})).await?;
    session(rig, &door, &token).await?;
    let ended = rig.bailee.run_token(&caller, Duration::from_mins(5)).await?;
    ensure!(rig.bailee.end_run(caller.owner(), ended.id).await?, "it was there");
    ask(rig, &door, ended.token.expose_secret(), "tools/list", json!({})).await?;
    Ok(())
}

/// A client of a version with sessions.
async fn session(rig: &mut Rig<'_>, door: &Router, token: &str) -> anyhow::Result<()> {
    let hello = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": { "elicitation": { "url": {} } },
        "clientInfo": { "name": "a", "version": "1" },
    });
    let begun = post(rig, door, request(token, "initialize", &hello, None)?).await?;
    let id = begun.header("mcp-session-id");
    ensure!(!id.is_empty(), "no session: {begun:?}");
    let id = HeaderValue::from_str(id)?;
    let listed = post(rig, door, request(token, "tools/list", &json!({}), Some(&id))?).await?;
    ensure!(text(&listed).contains("create_event"), "{listed:?}");
    Ok(())
}

fn call(tool: &str, arguments: &Value) -> Value {
    json!({ "name": tool, "arguments": arguments })
}

/// A request of the newest version.
async fn ask(
    rig: &mut Rig<'_>,
    door: &Router,
    token: &str,
    method: &str,
    mut params: Value,
) -> anyhow::Result<Answer> {
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientInfo": { "name": "a", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params.as_object_mut().context("an object")?.insert("_meta".to_owned(), meta);
    let mut request = request(token, method, &params, None)?;
    let headers = request.headers_mut();
    headers.insert("mcp-protocol-version", HeaderValue::from_static(VERSION));
    headers.insert("mcp-method", HeaderValue::from_str(method)?);
    if !name.is_empty() {
        headers.insert("mcp-name", HeaderValue::from_str(&name)?);
    }
    post(rig, door, request).await
}

fn request(
    token: &str,
    method: &str,
    params: &Value,
    session: Option<&HeaderValue>,
) -> anyhow::Result<Request<Body>> {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let host: url::Url = BASE.parse()?;
    let mut request = Request::post("/mcp")
        .header(header::HOST, host.host_str().unwrap_or_default())
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .body(Body::from(body.to_string()))?;
    if let Some(session) = session {
        request.headers_mut().insert("mcp-session-id", session.clone());
    }
    Ok(request)
}

async fn post(rig: &mut Rig<'_>, door: &Router, request: Request<Body>) -> anyhow::Result<Answer> {
    let answer = send(door, request).await?;
    Ok(rig.answers.keep(answer))
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}
