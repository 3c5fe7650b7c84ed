use std::collections::BTreeSet;

use bailee_core::{
    Action, Actor, Caller, Counterpart, Outcome, Owner, PermissionFlag, ProfileId, ProfileIds, Scope,
    ThreadId, ThreadPermissions, store::IntegrationChange,
};
use bailee_engine::{Error, FlagAccess, InputProblem, MissingConnection};

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

/// The names of the tools that a flag unlocks.
fn unlocked(flag: &FlagAccess) -> BTreeSet<String> {
    flag.tools.iter().map(|tool| tool.tool().name.to_string()).collect()
}

/// The tools that a counterpart of these profiles has while this flag alone is on.
async fn tools_with(rig: &Rig, profiles: &[&str], flag: PermissionFlag) -> anyhow::Result<BTreeSet<String>> {
    rig.allow("t1", &[flag]).await?;
    let mut all = BTreeSet::new();
    for profile in profiles {
        let caller = Caller::counterpart(rig.owner.clone(), *profile, "t1")?;
        all.extend(rig.tools(&caller).await?);
    }
    rig.allow("t1", &[]).await?;
    Ok(all)
}

#[tokio::test]
async fn what_a_flag_is_said_to_unlock_is_what_it_unlocks() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    let (thread, one) = (ThreadId::new("t1")?, ProfileId::new("p1")?);
    let scope = Scope::Agents(ProfileIds::new([ProfileId::new("p2")?])?);
    rig.change(&row, IntegrationChange { scope: Some(scope), ..IntegrationChange::default() }).await?;
    let any = rig.bailee.thread(&rig.owner, &thread, None).await?;
    let of_one = rig.bailee.thread(&rig.owner, &thread, Some(&one)).await?;
    for (any, of_one) in any.flags.iter().zip(&of_one.flags) {
        assert_eq!(unlocked(any), tools_with(&rig, &["p1", "p2"], any.flag).await?, "{:?}", any.flag);
        assert_eq!(unlocked(of_one), tools_with(&rig, &["p1"], of_one.flag).await?, "{:?}", of_one.flag);
        assert!(any.missing.is_empty() && of_one.missing.is_empty(), "out of scope is connected");
    }
    let counts: Vec<usize> = any.flags.iter().map(|flag| flag.tools.len()).collect();
    assert_eq!(
        (any.flags.iter().map(|flag| flag.flag).collect::<Vec<_>>(), counts),
        (PermissionFlag::ALL.into(), vec![2, 1, 1, 0])
    );
    assert_eq!(any.grant.permissions, ThreadPermissions::NONE, "nothing was turned on by asking");
    assert_eq!(any.counterpart, Some(Counterpart { name: "Bob's agent".to_owned(), verified: true }));
    Ok(())
}

#[tokio::test]
async fn what_would_have_to_be_connected_is_named_by_the_service_that_is_meant() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let access = rig.bailee.thread(&rig.owner, &ThreadId::new("t1")?, None).await?;
    for flag in &access.flags {
        let calendar = |missing: &MissingConnection| {
            (missing.provider.as_str(), missing.name) == ("google", "Google Calendar")
        };
        let missing =
            matches!(flag.flag, PermissionFlag::CanPostOnMyBehalf | PermissionFlag::CanQueryAvailability);
        assert_eq!(flag.missing.iter().filter(|it| calendar(it)).count(), usize::from(missing), "{flag:?}");
        let tools =
            if flag.flag == PermissionFlag::CanRequestMeetings { &["propose_meeting"][..] } else { &[] };
        assert!(unlocked(flag).iter().eq(tools), "{flag:?}");
    }
    Ok(())
}

#[tokio::test]
async fn threads_and_profiles_of_nobody_and_of_others_are_not_told_of() -> anyhow::Result<()> {
    let (rig, _) = Rig::connected().await?;
    let (thread, unknown) = (ThreadId::new("t1")?, ThreadId::new("unknown")?);
    for (owner, thread) in [(&rig.owner, &unknown), (&Owner::user("u2")?, &thread)] {
        assert_eq!(rig.bailee.thread(owner, thread, None).await.err(), Some(Error::NotFound));
    }
    let foreign = ProfileId::new("elsewhere")?;
    let refused = rig.bailee.thread(&rig.owner, &thread, Some(&foreign)).await;
    let expected = Error::Invalid { field: "profile_id", problem: InputProblem::Unknown };
    assert_eq!(refused.err(), Some(expected));
    Ok(())
}
