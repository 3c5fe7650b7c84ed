use bailee_core::{Actor, PermissionFlag, ProviderError, TaskStatus};
use bailee_engine::{Error, InputProblem, ToolError};
use bailee_testkit::{mock_google::calendar::EVENTS_INSERT, mock_provider::Fault};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::rig::Rig;

fn proposal() -> Value {
    json!({
        "title": "Tea",
        "slots": ["2099-01-01T10:00:00Z", "2099-01-02T10:00:00Z"],
        "duration_minutes": 30,
    })
}

/// A counterpart proposes a meeting.
async fn proposed(rig: &Rig) -> anyhow::Result<bailee_core::AgentTask> {
    rig.allow("t1", &[PermissionFlag::CanRequestMeetings]).await?;
    let permit = rig.bailee.authorize(&rig.counterpart("t1")?, "propose_meeting").await?;
    let ticket = permit.call(proposal()).await?.content;
    anyhow::ensure!(ticket.get("status") == Some(&json!("pending")), "{ticket:?}");
    let tasks = rig.bailee.tasks(&rig.owner, Some(TaskStatus::Pending), None, 10).await?;
    let task = tasks.into_iter().next().ok_or_else(|| anyhow::anyhow!("no task"))?;
    anyhow::ensure!(ticket.get("ticket_id") == Some(&json!(task.id.to_string())), "{ticket:?}");
    Ok(task)
}

#[tokio::test]
async fn an_accepted_proposal_is_booked_in_the_connected_calendar() -> anyhow::Result<()> {
    let (rig, integration) = Rig::connected().await?;
    let task = proposed(&rig).await?;
    assert!(rig.mock.requests().is_empty(), "nothing is booked before a person says so");
    let start: DateTime<Utc> = "2099-01-02T10:00:00Z".parse()?;
    let accepted = rig.bailee.accept_task(&rig.human(), task.id, Some(start)).await?;
    assert_eq!(accepted.task.status, TaskStatus::Accepted);
    assert!(accepted.booked.is_some());
    let events = rig.mock.events(integration.account.id.as_str());
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["summary"], "Tea");
    let again = rig.bailee.accept_task(&rig.human(), task.id, None).await.err();
    assert_eq!(again, Some(Error::Decided));
    assert_eq!(rig.bailee.decline_task(&rig.human(), task.id).await, Err(Error::Decided));
    Ok(())
}

#[tokio::test]
async fn without_a_calendar_a_proposal_is_accepted_all_the_same() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = proposed(&rig).await?;
    let accepted = rig.bailee.accept_task(&rig.human(), task.id, None).await?;
    assert_eq!((accepted.task.status, accepted.booked), (TaskStatus::Accepted, None));
    Ok(())
}

#[tokio::test]
async fn a_booking_that_fails_leaves_the_proposal_to_be_decided() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let task = proposed(&rig).await?;
    rig.mock.fault(EVENTS_INSERT, Fault::TooManyRequests { retry_after: None }).once();
    let failed = rig.bailee.accept_task(&rig.human(), task.id, None).await.err();
    assert!(matches!(failed, Some(Error::Provider(ProviderError::RateLimited { .. }))), "{failed:?}");
    let accepted = rig.bailee.accept_task(&rig.human(), task.id, None).await?;
    assert!(accepted.booked.is_some());
    Ok(())
}

#[tokio::test]
async fn only_a_person_accepts_and_only_what_was_proposed() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let task = proposed(&rig).await?;
    let agent = rig.bailee.accept_task(&rig.session(Actor::Agent), task.id, None).await.err();
    assert_eq!(agent, Some(Error::HumanNeeded));
    let other: DateTime<Utc> = "2099-01-03T10:00:00Z".parse()?;
    let elsewhen = rig.bailee.accept_task(&rig.human(), task.id, Some(other)).await.err();
    assert_eq!(elsewhen, Some(Error::Invalid { field: "start", problem: InputProblem::Unknown }));
    let declined = rig.bailee.decline_task(&rig.session(Actor::Agent), task.id).await?;
    assert_eq!(declined.status, TaskStatus::Declined);
    Ok(())
}

#[tokio::test]
async fn a_proposal_that_makes_no_sense_is_refused_by_its_field() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let own = rig.own("p1")?;
    for (field, value, pointer) in [
        ("slots", json!(["2001-01-01T10:00:00Z"]), "/slots/0"),
        ("slots", json!([]), "/slots"),
        ("title", json!("  "), "/title"),
        ("duration_minutes", json!(1), "/duration_minutes"),
    ] {
        let mut arguments = proposal();
        arguments[field] = value;
        let refused = rig.bailee.authorize(&own, "propose_meeting").await?.call(arguments).await.err();
        let Some(ToolError::Provider(ProviderError::InvalidArguments { pointer: told, .. })) = refused else {
            anyhow::bail!("{refused:?}");
        };
        assert_eq!(told, pointer);
    }
    Ok(())
}

#[tokio::test]
async fn nobody_buries_the_owner_in_proposals() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.allow("t1", &[PermissionFlag::CanRequestMeetings]).await?;
    let counterpart = rig.counterpart("t1")?;
    for _ in 0..100 {
        rig.bailee.authorize(&counterpart, "propose_meeting").await?.call(proposal()).await?;
    }
    let one_more = rig.bailee.authorize(&counterpart, "propose_meeting").await?.call(proposal()).await.err();
    let limited = ProviderError::RateLimited { retry_after: None };
    assert_eq!(one_more, Some(ToolError::Provider(limited)));
    Ok(())
}
