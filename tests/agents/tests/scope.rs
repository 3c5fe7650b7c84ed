use bailee_core::{Action, Actor, Outcome, ProfileId, ProfileIds, Scope, store::IntegrationChange};
use bailee_engine::{Error, InputProblem, TokenError};

use crate::rig::Rig;

fn agents(profiles: &[&str]) -> anyhow::Result<Scope> {
    let ids = profiles.iter().map(|id| ProfileId::new(*id)).collect::<Result<Vec<_>, _>>()?;
    Ok(Scope::Agents(ProfileIds::new(ids)?))
}

#[tokio::test]
async fn a_scope_decides_about_tools_and_tokens_from_the_next_use_on() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    let change = IntegrationChange { scope: Some(agents(&["p1"])?), ..IntegrationChange::default() };
    rig.change(&row, change).await?;
    let (one, two) = (rig.own("p1")?, rig.own("p2")?);
    assert!(rig.tools(&one).await?.contains(&"create_event".to_owned()));
    assert!(!rig.tools(&two).await?.contains(&"create_event".to_owned()));
    rig.bailee.token_as(&one, "google").await?;
    assert_eq!(rig.bailee.token_as(&two, "google").await.err(), Some(TokenError::OutOfScope));
    rig.directory.delete_profile("p1");
    assert_eq!(rig.bailee.token_as(&one, "google").await.err(), Some(TokenError::OutOfScope));
    Ok(())
}

#[tokio::test]
async fn foreign_unknown_and_mixed_profiles_change_nothing() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    for profiles in [&["elsewhere"][..], &["p1", "elsewhere"]] {
        let change = IntegrationChange {
            scope: Some(agents(profiles)?),
            enabled: Some(false),
            ..IntegrationChange::default()
        };
        let refused = rig.bailee.update(&rig.human(), row.id, None, change).await;
        assert_eq!(refused, Err(Error::Invalid { field: "profile_ids", problem: InputProblem::Unknown }));
    }
    let bound = Some(Some(ProfileId::new("elsewhere")?));
    let change =
        IntegrationChange { bound_profile: bound, enabled: Some(false), ..IntegrationChange::default() };
    let refused = rig.bailee.update(&rig.human(), row.id, None, change).await;
    assert_eq!(refused, Err(Error::Invalid { field: "bound_profile_id", problem: InputProblem::Unknown }));
    assert_eq!(rig.bailee.integration(&rig.owner, row.id).await?, Some(row));
    Ok(())
}

#[tokio::test]
async fn widening_needs_a_person_and_narrowing_does_not() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    let agent = rig.session(Actor::Agent);
    let update = |change| rig.bailee.update(&agent, row.id, None, change);
    let narrow = IntegrationChange {
        scope: Some(agents(&["p1"])?),
        enabled: Some(false),
        ..IntegrationChange::default()
    };
    update(narrow).await?;
    for wide in [
        IntegrationChange { enabled: Some(true), ..IntegrationChange::default() },
        IntegrationChange { scope: Some(Scope::All), ..IntegrationChange::default() },
        IntegrationChange { scope: Some(agents(&["p1", "p2"])?), ..IntegrationChange::default() },
        IntegrationChange {
            bound_profile: Some(Some(ProfileId::new("p2")?)),
            ..IntegrationChange::default()
        },
    ] {
        assert_eq!(update(wide.clone()).await, Err(Error::HumanNeeded), "{wide:?}");
    }
    let lines = rig.lines(Action::Update).await?;
    let outcomes: Vec<Outcome> = lines.iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Denied, Outcome::Denied, Outcome::Denied, Outcome::Denied, Outcome::Ok]);
    Ok(())
}

#[tokio::test]
async fn a_change_of_what_somebody_else_changed_meanwhile_is_refused() -> anyhow::Result<()> {
    let (rig, row) = Rig::connected().await?;
    let off = IntegrationChange { enabled: Some(false), ..IntegrationChange::default() };
    let changed = rig.bailee.update(&rig.human(), row.id, Some(row.version), off.clone()).await?;
    assert_eq!(changed.version, row.version + 1);
    let late = rig.bailee.update(&rig.human(), row.id, Some(row.version), off).await;
    assert_eq!(late, Err(Error::Stale));
    Ok(())
}
