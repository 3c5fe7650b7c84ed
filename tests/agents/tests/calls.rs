use bailee_core::{
    Action, Outcome, PermissionFlag, ProfileIds, ProviderError, Refusal, Scope, Status,
    store::IntegrationChange,
};
use bailee_engine::ToolError;
use bailee_testkit::{
    mock_google::calendar::EVENTS_INSERT,
    mock_provider::{Endpoint, Fault, Gate},
};
use serde_json::json;

use crate::rig::{Rig, tea};

fn refusal(error: &ToolError) -> Option<Refusal> {
    match error {
        ToolError::Refused { refusal, .. } => Some(*refusal),
        _ => None,
    }
}

#[tokio::test]
async fn a_permit_calls_its_tool_on_the_connected_account() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let permit = rig.bailee.authorize(&rig.own("p1")?, "create_event").await?;
    assert_eq!(permit.integrations(), [integration.id]);
    let event = permit.call(tea()).await?;
    assert_eq!(event.content["event"]["summary"], "Tea");
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_was_taken_back_after_the_check_reaches_no_provider() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    let (own, counterpart) = (rig.own("p1")?, rig.counterpart("t1")?);
    let flagged = rig.bailee.authorize(&counterpart, "create_event").await?;
    rig.allow("t1", &[]).await?;
    let denied = flagged.call(tea()).await.err();
    let missing = Refusal::MissingFlag(PermissionFlag::CanPostOnMyBehalf);
    assert_eq!(denied.as_ref().and_then(refusal), Some(missing));

    let scoped = rig.bailee.authorize(&own, "create_event").await?;
    let nobody = IntegrationChange {
        scope: Some(Scope::Agents(ProfileIds::default())),
        ..IntegrationChange::default()
    };
    let row = rig.change(&integration, nobody).await?;
    let denied = scoped.call(tea()).await.err();
    assert_eq!(denied.as_ref().and_then(refusal), Some(Refusal::OutOfScope));

    rig.change(&row, IntegrationChange { scope: Some(Scope::All), ..IntegrationChange::default() }).await?;
    let off = rig.bailee.authorize(&own, "create_event").await?;
    rig.change(&row, IntegrationChange { enabled: Some(false), ..IntegrationChange::default() }).await?;
    assert_eq!(off.call(tea()).await.err().as_ref().and_then(refusal), Some(Refusal::Disabled));

    rig.change(&row, IntegrationChange { enabled: Some(true), ..IntegrationChange::default() }).await?;
    let gone = rig.bailee.authorize(&own, "create_event").await?;
    rig.bailee.disconnect(&rig.owner, "google").await?;
    assert_eq!(gone.call(tea()).await.err().as_ref().and_then(refusal), Some(Refusal::NotConnected));
    assert_eq!(rig.mock.count_of(EVENTS_INSERT), 0, "the provider saw nothing");
    Ok(())
}

#[tokio::test]
async fn what_is_taken_back_while_the_token_is_refreshed_reaches_no_provider() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    rig.clock.advance(std::time::Duration::from_hours(2));
    rig.mock.expire_access_tokens();
    let gate = Gate::new();
    rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
    let permit = rig.bailee.authorize(&rig.counterpart("t1")?, "create_event").await?;
    let call = tokio::spawn(permit.call(tea()));
    gate.until_waiting(1).await;
    rig.allow("t1", &[]).await?;
    gate.open();
    let denied = call.await?.err();
    assert!(matches!(denied.as_ref().and_then(refusal), Some(Refusal::MissingFlag(_))), "{denied:?}");
    assert_eq!(rig.mock.count_of(EVENTS_INSERT), 0);
    Ok(())
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_refused_by_their_place_and_nothing_is_sent() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    for (arguments, pointer) in [
        (json!({ "summary": "Tea", "start": "2030-01-01T10:00:00Z" }), "/end"),
        (json!({ "summary": 7, "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" }), "/summary"),
        (json!([]), ""),
    ] {
        let permit = rig.bailee.authorize(&rig.own("p1")?, "create_event").await?;
        match permit.call(arguments).await {
            Err(ToolError::Provider(ProviderError::InvalidArguments { pointer: told, .. })) => {
                assert_eq!(told, pointer);
            }
            other => anyhow::bail!("{other:?}"),
        }
    }
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn an_integration_that_was_not_granted_is_refused_and_recorded() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let foreign = bailee_core::IntegrationId::from_parts(1, [9; 10]);
    let mut arguments = tea();
    arguments["integration_id"] = json!(foreign.to_string());
    let permit = rig.bailee.authorize(&rig.own("p1")?, "create_event").await?;
    let denied = permit.call(arguments).await.err();
    assert_eq!(denied.as_ref().and_then(refusal), Some(Refusal::NotConnected));
    let lines = rig.lines(Action::Call).await?;
    let line = lines.first().ok_or_else(|| anyhow::anyhow!("no line"))?;
    assert_eq!((line.outcome, line.integration), (Outcome::Denied, Some(foreign)));
    assert!(rig.mock.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_write_that_was_dispatched_finishes_without_its_caller() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let gate = Gate::new();
    rig.mock.fault(EVENTS_INSERT, Fault::HoldAnswer(gate.clone())).once();
    let permit = rig.bailee.authorize(&rig.own("p1")?, "create_event").await?;
    let caller = tokio::spawn(permit.call(tea()));
    gate.until_waiting(1).await;
    caller.abort();
    assert!(caller.await.is_err_and(|error| error.is_cancelled()));
    gate.open();
    let background = rig.bailee.start();
    assert!(background.shutdown(std::time::Duration::from_secs(10)).await, "it is waited for");
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 1);
    let lines = rig.lines(Action::Call).await?;
    assert_eq!(lines.first().map(|line| line.outcome), Some(Outcome::Ok));
    Ok(())
}

#[tokio::test]
async fn a_token_that_the_provider_refuses_is_refreshed_once_and_the_call_repeated() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    rig.mock.expire_access_tokens();
    let permit = rig.bailee.authorize(&rig.own("p1")?, "create_event").await?;
    permit.call(tea()).await?;
    assert_eq!(rig.mock.count("/token", Some("refresh_token")), 1);
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_owner_is_told_where_to_mend_it_and_a_counterpart_is_not() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    rig.allow("t1", &PermissionFlag::ALL).await?;
    rig.mock.revoke_by_user(integration.account.id.as_str());
    rig.mock.expire_access_tokens();
    let page = Some("https://backend.example/integrations".parse()?);
    let own = rig.bailee.authorize(&rig.own("p1")?, "create_event").await?.call(tea()).await.err();
    let refusal = Refusal::NotUsable(Status::Invalid);
    assert_eq!(own, Some(ToolError::Refused { refusal, connect_url: page.clone() }));
    let counterpart = rig.bailee.authorize(&rig.counterpart("t1")?, "create_event").await.err();
    assert_eq!(counterpart, Some(ToolError::Refused { refusal, connect_url: None }));
    rig.bailee.disconnect(&rig.owner, "google").await?;
    let own = rig.bailee.authorize(&rig.own("p1")?, "create_event").await.err();
    assert_eq!(own, Some(ToolError::Refused { refusal: Refusal::NotConnected, connect_url: page }));
    Ok(())
}

#[tokio::test]
async fn a_tool_of_the_host_follows_the_same_rules() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let said = rig.bailee.authorize(&rig.own("p2")?, "echo").await?.call(json!({ "a": 1 })).await?;
    assert_eq!(said.content, json!({ "profile": "p2", "said": { "a": 1 } }));
    rig.allow("t1", &PermissionFlag::ALL).await?;
    let unclassified = rig.bailee.authorize(&rig.counterpart("t1")?, "echo").await.err();
    assert_eq!(unclassified.as_ref().and_then(refusal), Some(Refusal::UnknownTool));
    Ok(())
}

#[tokio::test]
async fn the_agent_sees_its_integrations_and_nobody_elses() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let list = |profile: &'static str| {
        let caller = rig.own(profile);
        let bailee = rig.bailee.clone();
        async move {
            let permit = bailee.authorize(&caller?, "list_integrations").await?;
            anyhow::Ok(permit.call(json!({})).await?.content["integrations"].clone())
        }
    };
    let all = list("p1").await?;
    assert_eq!(all[0]["integration_id"], integration.id.to_string());
    let only = Scope::Agents(ProfileIds::new([bailee_core::ProfileId::new("p1")?])?);
    rig.change(&integration, IntegrationChange { scope: Some(only), ..IntegrationChange::default() }).await?;
    assert_eq!(list("p1").await?.as_array().map(Vec::len), Some(1));
    assert_eq!(list("p2").await?, json!([]));
    Ok(())
}
