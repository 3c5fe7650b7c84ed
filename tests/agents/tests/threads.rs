use bailee_core::{Action, Actor, Outcome, PermissionFlag, ThreadId, ThreadPermissions};
use bailee_engine::Error;

use crate::rig::Rig;

#[tokio::test]
async fn a_flag_counts_in_its_thread_from_the_next_call_on() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    rig.allow("t1", &[PermissionFlag::CanRequestMeetings]).await?;
    assert_eq!(rig.tools(&rig.counterpart("t1")?).await?, ["propose_meeting"]);
    assert!(rig.tools(&rig.counterpart("t2")?).await?.is_empty());
    rig.allow("t1", &[]).await?;
    assert!(rig.tools(&rig.counterpart("t1")?).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn turning_a_flag_on_needs_a_person_and_turning_it_off_does_not() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let (agent, thread) = (rig.session(Actor::Agent), ThreadId::new("t1")?);
    let post: ThreadPermissions = [PermissionFlag::CanPostOnMyBehalf].into_iter().collect();
    let refused = rig.bailee.set_thread_permissions(&agent, &thread, post, None).await;
    assert_eq!(refused, Err(Error::HumanNeeded));
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    rig.bailee.set_thread_permissions(&agent, &thread, ThreadPermissions::NONE, None).await?;
    let lines = rig.lines(Action::ThreadPermissions).await?;
    let told: Vec<_> = lines.iter().map(|line| (line.outcome, line.thread.clone())).collect();
    let thread = Some(thread);
    assert_eq!(
        told,
        [(Outcome::Ok, thread.clone()), (Outcome::Ok, thread.clone()), (Outcome::Denied, thread)]
    );
    assert_eq!(
        lines.first().map(|line| line.details.changed.clone()),
        Some(vec!["can_post_on_my_behalf".to_owned()])
    );
    Ok(())
}

#[tokio::test]
async fn flags_that_somebody_else_changed_meanwhile_are_left_alone() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let thread = ThreadId::new("t1")?;
    let seen = rig.bailee.thread_permissions(&rig.owner, &thread).await?;
    assert_eq!((seen.permissions, seen.version), (ThreadPermissions::NONE, 0));
    rig.allow("t1", &[PermissionFlag::CanRequestMeetings]).await?;
    let all = PermissionFlag::ALL.into_iter().collect();
    let late = rig.bailee.set_thread_permissions(&rig.human(), &thread, all, Some(seen.version)).await;
    assert_eq!(late, Err(Error::Stale));
    Ok(())
}

#[tokio::test]
async fn a_thread_that_the_host_does_not_know_has_no_flags() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let thread = ThreadId::new("elsewhere")?;
    assert_eq!(rig.bailee.thread_permissions(&rig.owner, &thread).await, Err(Error::NotFound));
    let set = rig.bailee.set_thread_permissions(&rig.human(), &thread, ThreadPermissions::NONE, None).await;
    assert_eq!(set, Err(Error::NotFound));
    Ok(())
}

#[tokio::test]
async fn the_briefing_tells_a_counterpart_of_the_owner_only_with_the_flag() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let card = rig.bailee.briefing(&rig.own("p1")?).await?;
    assert_eq!(card.as_ref().and_then(|card| card.email.as_deref()), Some("ada@example.com"));
    let counterpart = rig.counterpart("t1")?;
    rig.allow("t1", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    assert_eq!(rig.bailee.briefing(&counterpart).await?, None);
    rig.allow("t1", &[PermissionFlag::CanViewFullProfile]).await?;
    assert_eq!(rig.bailee.briefing(&counterpart).await?, card);
    assert!(rig.tools(&counterpart).await?.is_empty(), "it unlocks no tool");
    Ok(())
}
