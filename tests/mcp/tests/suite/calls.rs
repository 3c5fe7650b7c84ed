//! What a call is answered with.

use std::{sync::Arc, time::Duration};

use bailee_core::{ExposeSecret as _, Outcome, Owner, ProfileIds, Scope, store::LedgerFilter};
use bailee_testkit::{
    mock_google::{ACCOUNT_SUB, calendar::EVENTS_INSERT},
    mock_provider::{Fault, Gate},
};
use mcp_tests::{Agent, Era, Raw, Rig, tea};
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

fn detail<'a>(result: &'a CallToolResult, name: &str) -> Option<&'a Value> {
    result.structured_content.as_ref()?.get(name)
}

fn text(result: &CallToolResult) -> String {
    let content = serde_json::to_value(&result.content).unwrap_or_default();
    content.pointer("/0/text").and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_result_comes_with_its_structure_and_the_same_as_text() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    for era in [Era::Legacy, Era::Modern] {
        let result = Agent::plain(&rig, era, "ada_1").await?.call("create_event", &tea()).await?;
        assert_ne!(result.is_error, Some(true), "{result:?}");
        let structured = result.structured_content.clone().unwrap_or_default();
        assert_eq!(structured.pointer("/event/summary"), Some(&json!("Tea")));
        assert_eq!(text(&result), structured.to_string());
    }
    assert_eq!(rig.mock.events(ACCOUNT_SUB).len(), 2);
    Ok(())
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_pointed_at_and_nothing_is_sent() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let agent = Agent::plain(&rig, Era::Modern, "ada_1").await?;
    let result = agent
        .call("create_event", &json!({ "summary": 7, "start": "2030-01-01", "end": "2030-01-02" }))
        .await?;
    assert_eq!(result.is_error, Some(true));
    assert_eq!(detail(&result, "pointer"), Some(&json!("/summary")));
    assert!(text(&result).contains("/summary"));
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn naming_the_integration_of_somebody_else_is_refused_like_naming_none() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let foreign = rig.connect("bob").await?.id.to_string();
    let mut answers = Vec::new();
    for id in [foreign.as_str(), "01890a5d-ac96-774b-bcce-b302099a8057"] {
        let mut arguments = tea();
        if let Some(members) = arguments.as_object_mut() {
            members.insert("integration_id".to_owned(), json!(id));
        }
        let answer = Raw::call("create_event", &arguments).of("ada_1").send(&rig).await?;
        assert!(answer.body.contains("\"isError\":true"), "{}", answer.body);
        answers.push(answer);
    }
    assert_eq!(answers.first(), answers.last());
    assert!(rig.mock.requests().is_empty());
    let owner = Owner::user("ada")?;
    let lines = rig.bailee.ledger(&owner, &LedgerFilter::default(), None, 10).await?;
    assert!(lines.iter().any(|line| line.integration.is_some_and(|id| id.to_string() == foreign)));
    Ok(())
}

#[tokio::test]
async fn what_was_listed_and_then_taken_back_is_not_called() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let row = rig.connect("ada").await?;
    let (first, second) =
        (Agent::plain(&rig, Era::Modern, "ada_1").await?, Agent::plain(&rig, Era::Modern, "ada_2").await?);
    assert!(second.names().await?.contains(&"create_event".to_owned()));
    rig.grant(&row, Scope::Agents(ProfileIds::new(["ada_1".try_into()?])?)).await?;
    assert_eq!(second.refused("create_event", &tea()).await?.message, "Unknown tool: create_event");
    assert!(rig.mock.requests().is_empty());
    rig.bailee.disconnect(&Owner::user("ada")?, row.id).await?;
    rig.mock.clear_requests();
    let result = first.call("create_event", &tea()).await?;
    assert_eq!(detail(&result, "code"), Some(&json!("not_connected")));
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_call_whose_stream_broke_is_repeated_with_its_key_and_carried_out_once() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let mut arguments = tea();
    if let Some(members) = arguments.as_object_mut() {
        members.insert("idempotency_key".to_owned(), json!("tea-1"));
    }
    let call = || Raw::call("create_event", &arguments).of("ada_1").send(&rig);
    let first = call().await?.message()?;
    let second = call().await?.message()?;
    assert_eq!(first, second);
    assert_eq!(rig.mock.events(ACCOUNT_SUB).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_provider_that_asks_to_slow_down_says_for_how_long() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    rig.mock.fault(EVENTS_INSERT, Fault::TooManyRequests { retry_after: Some(7) }).once();
    let result = Agent::plain(&rig, Era::Modern, "ada_1").await?.call("create_event", &tea()).await?;
    assert_eq!(result.is_error, Some(true));
    assert_eq!(detail(&result, "code"), Some(&json!("rate_limited")));
    assert_eq!(detail(&result, "retry_after_s"), Some(&json!(7)));
    Ok(())
}

#[tokio::test]
async fn a_write_of_unknown_outcome_says_to_look_before_it_is_repeated() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    rig.mock.fault(EVENTS_INSERT, Fault::Status(502)).once();
    let result = Agent::plain(&rig, Era::Modern, "ada_1").await?.call("create_event", &tea()).await?;
    assert_eq!(result.is_error, Some(true));
    assert_eq!(detail(&result, "code"), Some(&json!("outcome_unknown")));
    assert!(text(&result).contains("before you repeat it"));
    Ok(())
}

#[tokio::test]
async fn neither_credential_crosses_to_the_other_side() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    let call = Raw::call("create_event", &tea()).of("ada_1").send(&rig).await?;
    let list = Raw::modern("tools/list", json!({})).of("ada_1").send(&rig).await?;
    for secret in rig.mock.secrets() {
        assert!(!format!("{call:?}{list:?}").contains(&secret), "a secret of the provider reached the agent");
    }
    let upstream = rig.mock.requests();
    assert!(!upstream.is_empty());
    for request in upstream {
        assert!(request.bearer().is_some_and(|token| token != "ada_1"));
        let mut headers = request.headers.values().filter_map(|value| value.to_str().ok());
        assert!(headers.all(|value| !value.contains("ada_1")), "the agent's credential went upstream");
    }
    Ok(())
}

#[tokio::test]
async fn the_ledger_knows_the_credential_the_client_and_the_version() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect("ada").await?;
    Agent::plain(&rig, Era::Modern, "ada_1").await?.call("create_event", &tea()).await?;
    let lines = rig.bailee.ledger(&Owner::user("ada")?, &LedgerFilter::default(), None, 10).await?;
    let call = lines.iter().find(|line| line.tool.is_some()).map(|line| line.details.clone());
    let call = call.unwrap_or_default();
    assert_eq!(call.auth_id.as_deref(), Some("a-name"));
    assert_eq!(call.client.as_deref(), Some("test-agent 1"));
    assert_eq!(call.protocol_version.as_deref(), Some("2026-07-28"));
    let nonce = rig.bailee.nonce()?;
    assert!(!format!("{lines:?}").contains(nonce.expose_secret()));
    Ok(())
}

#[tokio::test]
async fn a_write_goes_on_when_its_client_hangs_up() -> anyhow::Result<()> {
    let rig = Arc::new(Rig::new().await?);
    rig.connect("ada").await?;
    let gate = Gate::new();
    rig.mock.fault(EVENTS_INSERT, Fault::HoldAnswer(gate.clone())).once();
    let client = tokio::spawn({
        let rig = Arc::clone(&rig);
        async move { Raw::call("create_event", &tea()).of("ada_1").send(&rig).await }
    });
    gate.until_waiting(1).await;
    client.abort();
    assert!(client.await.is_err_and(|error| error.is_cancelled()));
    gate.open();
    assert!(rig.bailee.start().shutdown(Duration::from_secs(10)).await, "it is waited for");
    let lines = rig.bailee.ledger(&Owner::user("ada")?, &LedgerFilter::default(), None, 10).await?;
    assert_eq!(lines.first().map(|line| line.outcome), Some(Outcome::Ok));
    Ok(())
}
