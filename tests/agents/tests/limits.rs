//! Agents that call too much.

use std::time::Duration;

use bailee_core::{Action, ErrorKind, Outcome, PermissionFlag};
use bailee_engine::{Limit, Limits, ToolError};
use bailee_testkit::{
    mock_google::calendar::EVENTS_INSERT,
    mock_provider::{Fault, Gate},
};
use futures_util::future::join_all;
use serde_json::json;

use crate::rig::{Rig, tea};

/// Which limit refused.
fn limit<T>(result: &Result<T, ToolError>) -> Option<Limit> {
    match result {
        Err(ToolError::Limited(limited)) => Some(limited.limit),
        _ => None,
    }
}

#[tokio::test]
async fn an_agent_that_calls_too_often_is_told_when_to_come_back() -> anyhow::Result<()> {
    let rig = Rig::with_limits(Limits { tool_calls_per_minute: 3, ..Limits::default() }).await?;
    let agent = rig.own("p1")?;
    for _ in 0..3 {
        rig.bailee.authorize(&agent, "echo").await?.call(json!({})).await?;
    }
    let Err(refused) = rig.bailee.authorize(&agent, "echo").await else {
        anyhow::bail!("the fourth call was allowed");
    };
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
    assert!(refused.is_temporary());
    let wait = refused.retry_after().unwrap_or_default();
    assert!((Duration::from_secs(1)..=Duration::from_secs(20)).contains(&wait), "{wait:?}");
    let sibling = rig.bailee.authorize(&rig.own("p2")?, "echo").await;
    assert_eq!(limit(&sibling), Some(Limit::ToolCalls), "the profiles of an owner share");
    Ok(())
}

#[tokio::test]
async fn a_counterpart_uses_up_nothing_of_the_owner_or_of_another_thread() -> anyhow::Result<()> {
    let rig = Rig::with_limits(Limits { tool_calls_per_minute: 2, ..Limits::default() }).await?;
    rig.allow("t1", &[PermissionFlag::CanRequestMeetings]).await?;
    let stranger = rig.counterpart("t1")?;
    for _ in 0..10 {
        let _ = rig.bailee.authorize(&stranger, "propose_meeting").await;
    }
    let known = rig.bailee.authorize(&stranger, "propose_meeting").await;
    let unknown = rig.bailee.authorize(&stranger, "no_such_tool").await;
    assert_eq!(limit(&known), Some(Limit::ToolCalls));
    assert_eq!(limit(&unknown), Some(Limit::ToolCalls), "a tool that is there looks like one that is not");
    assert!(rig.bailee.authorize(&rig.own("p1")?, "echo").await.is_ok());
    assert_eq!(limit(&rig.bailee.authorize(&rig.counterpart("t2")?, "propose_meeting").await), None);
    Ok(())
}

#[tokio::test]
async fn a_flood_of_calls_is_one_line_of_the_ledger() -> anyhow::Result<()> {
    let rig = Rig::with_limits(Limits { tool_calls_per_minute: 5, ..Limits::default() }).await?;
    for _ in 0..500 {
        let _ = rig.bailee.authorize(&rig.own("p1")?, "no_such_tool").await;
    }
    let lines = rig.lines(Action::Call).await?;
    let count = |outcome| lines.iter().filter(|line| line.outcome == outcome).count();
    assert_eq!((count(Outcome::Denied), count(Outcome::RateLimited)), (5, 1));
    Ok(())
}

#[tokio::test]
async fn calls_under_way_have_a_limit_and_its_end_frees_a_place() -> anyhow::Result<()> {
    let rig = Rig::with_limits(Limits { concurrent_tool_calls: 2, ..Limits::default() }).await?;
    rig.connect().await?;
    let gate = Gate::new();
    rig.mock.fault(EVENTS_INSERT, Fault::HoldAnswer(gate.clone())).times(2);
    let agent = rig.own("p1")?;
    let mut permits = Vec::new();
    for _ in 0..4 {
        permits.push(rig.bailee.authorize(&agent, "create_event").await?);
    }
    let last = permits.pop();
    let third = permits.pop();
    let running: Vec<_> = permits.into_iter().map(|permit| tokio::spawn(permit.call(tea()))).collect();
    gate.until_waiting(2).await;
    let Some(third) = third else { anyhow::bail!("four permits") };
    let refused = third.call(tea()).await;
    assert_eq!(limit(&refused), Some(Limit::ConcurrentToolCalls));
    assert!(refused.err().and_then(|error| error.retry_after()).is_some());
    gate.open();
    for ended in join_all(running).await {
        ended??;
    }
    let Some(last) = last else { anyhow::bail!("four permits") };
    last.call(tea()).await?;
    let lines = rig.lines(Action::Call).await?;
    assert_eq!(lines.iter().filter(|line| line.outcome == Outcome::RateLimited).count(), 1);
    Ok(())
}
