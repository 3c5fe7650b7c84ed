use bailee_core::{Action, Outcome, PermissionFlag, ProfileId, ToolName, store::LedgerFilter};
use bailee_engine::CallOrigin;
use bailee_testkit::{
    mock_google::calendar::EVENTS_INSERT,
    mock_provider::{Fault, Gate},
};

use crate::rig::{Rig, tea};

#[tokio::test]
async fn a_life_is_in_the_ledger_from_connect_to_disconnect() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    rig.connect().await?;
    rig.bailee.authorize(&rig.own("p1")?, "create_event").await?.call(tea()).await?;
    rig.bailee.disconnect(&rig.owner, "google").await?;
    let lines = rig.bailee.ledger(&rig.owner, &LedgerFilter::default(), None, 100).await?;
    let told: Vec<_> = lines.iter().map(|line| (line.action, line.outcome, line.integration)).collect();
    let line = |action| (action, Outcome::Ok, Some(row.id));
    let expected = [Action::Disconnect, Action::Call, Action::Reconnect, Action::Connect].map(line);
    assert_eq!(told, expected);
    Ok(())
}

#[tokio::test]
async fn a_call_is_recorded_with_who_asked_and_without_what_was_said() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let origin = CallOrigin {
        protocol_version: Some("2026-07-28".to_owned()),
        auth_id: Some("key_7".to_owned()),
        client: Some("a client 1.0".to_owned()),
        request_id: Some("r-1".to_owned()),
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
    };
    for _ in 0..2 {
        let permit = rig.bailee.authorize_from(&rig.own("p1")?, "create_event", origin.clone()).await?;
        permit.call(tea()).await?;
    }
    let lines = rig.lines(Action::Call).await?;
    let [one, other] = lines.as_slice() else { anyhow::bail!("{} lines", lines.len()) };
    assert_eq!(one.profile.as_ref().map(ProfileId::as_str), Some("p1"));
    assert_eq!(one.tool.as_ref().map(ToolName::as_str), Some("create_event"));
    assert_eq!(one.details.auth_id.as_deref(), Some("key_7"));
    assert_eq!(one.details.request_id.as_deref(), Some("r-1"));
    assert!(one.bytes_out.is_some_and(|bytes| bytes > 0) && one.latency_ms.is_some());
    let names: Vec<&str> = one.details.arguments.keys().map(String::as_str).collect();
    assert_eq!(names, ["end", "start", "summary"]);
    assert_eq!(one.details.arguments, other.details.arguments, "equal values have equal hashes");
    assert!(!format!("{one:?}").contains("Tea"));
    Ok(())
}

#[tokio::test]
async fn a_call_is_recorded_with_the_state_that_allowed_it() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    rig.allow("t1", &[PermissionFlag::CanQueryAvailability]).await?;
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    rig.bailee.authorize(&rig.counterpart("t1")?, "create_event").await?.call(tea()).await?;
    let lines = rig.lines(Action::Call).await?;
    let [line] = lines.as_slice() else { anyhow::bail!("{} lines", lines.len()) };
    assert_eq!(line.details.flags_version, Some(2));
    assert_eq!(line.details.integration_version, Some(row.version));
    assert_eq!(line.details.counterpart.as_deref(), Some("Bob's agent"));
    let calendar = "https://www.googleapis.com/auth/calendar";
    assert!(line.details.scopes_required.iter().any(|set| set == calendar), "{line:?}");
    assert_eq!(line.token_refreshed, Some(false));
    Ok(())
}

#[tokio::test]
async fn a_call_is_recorded_with_the_name_that_its_other_side_gave_it() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    rig.bailee.authorize(&rig.own("p1")?, "echo").await?.call(serde_json::json!({})).await?;
    let lines = rig.lines(Action::Call).await?;
    let ids: Vec<_> = lines.iter().map(|line| line.provider_request_id.as_deref()).collect();
    assert_eq!(ids, [Some("req-7")]);
    Ok(())
}

#[tokio::test]
async fn a_call_is_recorded_with_the_refresh_that_it_needed() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    for expire in [true, false] {
        if expire {
            rig.mock.expire_access_tokens();
        }
        rig.bailee.authorize(&rig.own("p1")?, "create_event").await?.call(tea()).await?;
    }
    let refreshed: Vec<_> = rig.lines(Action::Call).await?.iter().map(|line| line.token_refreshed).collect();
    assert_eq!(refreshed, [Some(false), Some(true)], "the newest line first");
    Ok(())
}

#[tokio::test]
async fn a_write_is_in_the_ledger_before_the_provider_sees_it() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let gate = Gate::new();
    rig.mock.fault(EVENTS_INSERT, Fault::HoldAnswer(gate.clone())).once();
    let permit = rig.bailee.authorize(&rig.own("p1")?, "create_event").await?;
    let call = tokio::spawn(permit.call(tea()));
    gate.until_waiting(1).await;
    let outcome = |lines: Vec<bailee_core::LedgerRecord>| lines.first().map(|line| line.outcome);
    assert_eq!(outcome(rig.lines(Action::Call).await?), Some(Outcome::Started));
    gate.open();
    call.await??;
    assert_eq!(outcome(rig.lines(Action::Call).await?), Some(Outcome::Ok));
    Ok(())
}

#[tokio::test]
async fn refusals_are_recorded_with_their_rule() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let counterpart = rig.counterpart("t1")?;
    for tool in ["create_event", "no_such_tool"] {
        assert!(rig.bailee.authorize(&counterpart, tool).await.is_err());
    }
    let lines = rig.lines(Action::Call).await?;
    let told: Vec<_> = lines.iter().map(|line| (line.refusal.as_deref(), line.rule.as_deref())).collect();
    assert_eq!(told, [(Some("unknown_tool"), Some("F")), (Some("missing_flag"), Some("F"))]);
    assert!(lines.iter().all(|line| line.thread == counterpart.thread().cloned()));
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    Ok(())
}

#[tokio::test]
async fn old_lines_are_forgotten() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    rig.clock.advance(std::time::Duration::from_hours(24 * 401));
    assert!(rig.bailee.tick().await?.forgotten > 0);
    assert!(rig.bailee.ledger(&rig.owner, &LedgerFilter::default(), None, 100).await?.is_empty());
    Ok(())
}
