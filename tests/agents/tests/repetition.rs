//! Calls under a key of the caller.

use bailee_core::{Action, Outcome, PermissionFlag, ProviderError};
use bailee_engine::ToolError;
use bailee_testkit::{
    mock_google::calendar::EVENTS_INSERT,
    mock_provider::{Fault, Gate},
};
use serde_json::{Value, json};

use crate::rig::{Rig, tea};

/// The arguments of a call under a key.
fn keyed(key: &str) -> Value {
    named(key, "Tea")
}

fn named(key: &str, summary: &str) -> Value {
    let mut arguments = tea();
    if let Some(members) = arguments.as_object_mut() {
        members.insert("idempotency_key".to_owned(), json!(key));
        members.insert("summary".to_owned(), json!(summary));
    }
    arguments
}

fn problem(result: &Result<bailee_core::ToolOutput, ToolError>) -> Option<&str> {
    match result {
        Err(ToolError::Provider(ProviderError::InvalidArguments { pointer, .. })) => Some(pointer),
        _ => None,
    }
}

#[tokio::test]
async fn a_call_that_is_repeated_with_its_key_happens_once_and_is_answered_alike() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    let first = rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    let again = rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    assert_eq!(first, again);
    assert_eq!(rig.mock.count_of(EVENTS_INSERT), 1, "the provider saw one request");
    rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k2")).await?;
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 2);
    let outcomes: Vec<Outcome> = rig.lines(Action::Call).await?.iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Ok; 3], "each is in the ledger");
    Ok(())
}

/// Where maps keep the order in which their members came, as they do when all of the workspace is built together.
#[tokio::test]
async fn a_call_that_is_repeated_with_its_members_in_another_order_is_the_same() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    let first = rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    let mut members: Vec<(String, Value)> =
        serde_json::from_value::<serde_json::Map<_, _>>(keyed("k1"))?.into_iter().collect();
    members.reverse();
    let turned = Value::Object(members.into_iter().collect());
    let again = rig.bailee.authorize(&caller, "create_event").await?.call(turned).await?;
    assert_eq!((first, rig.mock.count_of(EVENTS_INSERT)), (again, 1));
    Ok(())
}

#[tokio::test]
async fn a_key_is_not_taken_for_another_call() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    let refused = rig.bailee.authorize(&caller, "create_event").await?.call(named("k1", "Coffee")).await;
    assert_eq!(problem(&refused), Some("/idempotency_key"));
    assert_eq!(rig.mock.count_of(EVENTS_INSERT), 1);
    Ok(())
}

#[tokio::test]
async fn nobody_else_gets_the_result_of_a_call_by_its_key() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    rig.allow("t2", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    for caller in [rig.own("p1")?, rig.own("p2")?, rig.counterpart("t1")?, rig.counterpart("t2")?] {
        let summary = format!("{:?} {:?}", caller.profile(), caller.thread());
        let arguments = named("the same key", &summary);
        let event = rig.bailee.authorize(&caller, "create_event").await?.call(arguments).await?;
        assert_eq!(event.content["event"]["summary"], summary);
    }
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 4);
    Ok(())
}

#[tokio::test]
async fn a_call_with_a_key_that_is_under_way_is_not_begun_again() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    let gate = Gate::new();
    rig.mock.fault(EVENTS_INSERT, Fault::HoldAnswer(gate.clone())).once();
    let permit = rig.bailee.authorize(&caller, "create_event").await?;
    let first = tokio::spawn(permit.call(keyed("k1")));
    gate.until_waiting(1).await;
    let meanwhile = rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await;
    assert_eq!(meanwhile, Err(ToolError::InProgress));
    assert!(ToolError::InProgress.is_temporary());
    gate.open();
    let first = first.await??;
    let again = rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    assert_eq!(first, again);
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_result_of_a_call_whose_caller_left_is_there_for_its_repetition() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    let gate = Gate::new();
    rig.mock.fault(EVENTS_INSERT, Fault::HoldAnswer(gate.clone())).once();
    let permit = rig.bailee.authorize(&caller, "create_event").await?;
    let first = tokio::spawn(permit.call(keyed("k1")));
    gate.until_waiting(1).await;
    first.abort();
    assert!(first.await.is_err_and(|error| error.is_cancelled()));
    gate.open();
    let background = rig.bailee.start();
    assert!(background.shutdown(std::time::Duration::from_secs(10)).await, "it is waited for");
    let again = rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    assert_eq!(again.content["event"]["summary"], "Tea");
    assert_eq!(rig.mock.count_of(EVENTS_INSERT), 1);
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_call_that_did_nothing_leaves_its_key_free() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    rig.mock.fault(EVENTS_INSERT, Fault::Status(429)).once();
    let limited = rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await;
    assert!(matches!(limited, Err(ToolError::Provider(ProviderError::RateLimited { .. }))), "{limited:?}");
    rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    assert_eq!(rig.mock.events(integration.account.id.as_str()).len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_is_taken_back_is_refused_under_a_known_key_too() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    let caller = rig.counterpart("t1")?;
    rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
    rig.allow("t1", &[]).await?;
    assert!(rig.bailee.authorize(&caller, "create_event").await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_result_is_kept_for_a_day() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let caller = rig.own("p1")?;
    for (hours, requests) in [(0, 1), (23, 1), (2, 2)] {
        rig.clock.advance(std::time::Duration::from_hours(hours));
        rig.bailee.authorize(&caller, "create_event").await?.call(keyed("k1")).await?;
        assert_eq!(rig.mock.count_of(EVENTS_INSERT), requests, "after {hours} more hours");
    }
    Ok(())
}
