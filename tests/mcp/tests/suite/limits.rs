//! Agents that ask for too much, or send too much.

use axum::body::Body;
use bailee_core::{Caller, Owner};
use bailee_engine::{Limits, ToolError};
use http::{Request, StatusCode, header};
use mcp_tests::{Agent, Era, Raw, Rig, tea};
use serde_json::{Value, json};
use tower::ServiceExt as _;

#[tokio::test]
async fn an_agent_that_calls_too_often_is_told_when_to_come_back_and_others_are_not_concerned()
-> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    rig.connect("bob").await?;
    let caller = Caller::own(Owner::user("ada")?, "ada_1")?;
    for _ in 0..Limits::default().tool_calls_per_minute {
        let _ = rig.bailee.authorize(&caller, "list_events").await?;
    }
    let refused = rig.bailee.authorize(&caller, "list_events").await;
    assert!(matches!(refused, Err(ToolError::Limited(_))), "{refused:?}");
    for era in [Era::Legacy, Era::Modern] {
        let result = Agent::plain(&rig, era, "ada_1").await?.call("create_event", &tea()).await?;
        assert_eq!(result.is_error, Some(true));
        let expected = json!({ "code": "rate_limited", "retry_after_s": 1 });
        assert_eq!(result.structured_content, Some(expected));
        let other = Agent::plain(&rig, era, "bob_1").await?.call("create_event", &tea()).await?;
        assert_ne!(other.is_error, Some(true), "{other:?}");
    }
    Ok(())
}

async fn posted(rig: &Rig, body: String) -> anyhow::Result<StatusCode> {
    let request = Request::post("/mcp")
        .header(header::HOST, rig.base.authority())
        .header(header::AUTHORIZATION, "Bearer ada_1")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-11-25");
    Ok(rig.app.clone().oneshot(request.body(Body::from(body))?).await?.status())
}

#[tokio::test]
async fn a_message_is_at_most_a_mebibyte_and_of_a_hundred_levels() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let call = |arguments: &str| {
        let params = format!("{{\"name\":\"no_such_tool\",\"arguments\":{{\"a\":{arguments}}}}}");
        format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{params}}}")
    };
    let large = format!("\"{}\"", "x".repeat(1024 * 1024));
    assert_eq!(posted(&rig, call(&large)).await?, StatusCode::PAYLOAD_TOO_LARGE);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert!(posted(&rig, call(&deep)).await?.is_client_error());
    let fine: Value = json!({ "a": "x".repeat(100_000) });
    let answer = Raw::call("no_such_tool", &fine).of("ada_1").send(&rig).await?;
    assert!(answer.message()?.get("error").is_some(), "read to its end: {answer:?}");
    Ok(())
}
