use bailee_core::{
    Action, Actor, ExposeSecret as _, Outcome, PermissionFlag, ProfileId, ProfileIds, Scope, SecretName,
    SecretString,
};
use bailee_engine::{Bailee, Error, InputProblem, SecretError};

use crate::rig::Rig;

#[tokio::test]
async fn a_secret_is_for_the_profiles_of_its_scope_and_for_no_counterpart() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let name = SecretName::new("crm_key")?;
    let scope = Scope::Agents(ProfileIds::new([ProfileId::new("p1")?])?);
    let value = SecretString::from("hunter2");
    rig.bailee.create_secret(&rig.human(), name.clone(), &value, scope).await?;
    assert_eq!(rig.bailee.secret(&rig.own("p1")?, &name).await?.expose_secret(), "hunter2");
    rig.allow("t1", &PermissionFlag::ALL).await?;
    for caller in [rig.own("p2")?, rig.own("unknown")?, rig.counterpart("t1")?] {
        assert_eq!(rig.bailee.secret(&caller, &name).await.err(), Some(SecretError::NotFound), "{caller:?}");
    }
    let outcomes: Vec<Outcome> =
        rig.lines(Action::SecretRead).await?.iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Denied, Outcome::Denied, Outcome::Denied, Outcome::Ok]);
    Ok(())
}

#[tokio::test]
async fn secrets_are_changed_renamed_to_nothing_and_erased() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let name = SecretName::new("crm_key")?;
    let human = rig.human();
    let create = |value: &str, scope| {
        let (name, value) = (name.clone(), SecretString::from(value));
        let (bailee, human) = (rig.bailee.clone(), human.clone());
        async move { bailee.create_secret(&human, name, &value, scope).await }
    };
    let secret = create("one", Scope::All).await?;
    assert_eq!(create("two", Scope::All).await, Err(Error::Taken));
    let empty = Error::Invalid { field: "value", problem: InputProblem::Missing };
    assert_eq!(create("", Scope::All).await, Err(empty));
    let too_long = Error::Invalid { field: "value", problem: InputProblem::TooLong };
    assert_eq!(create(&"x".repeat(Bailee::MAX_SECRET + 1), Scope::All).await, Err(too_long));
    let foreign = Scope::Agents(ProfileIds::new([ProfileId::new("elsewhere")?])?);
    let unknown = Error::Invalid { field: "profile_ids", problem: InputProblem::Unknown };
    assert_eq!(create("three", foreign.clone()).await, Err(unknown.clone()));

    let next = SecretString::from("next");
    let refused = rig.bailee.update_secret(&human, secret.id, None, Some(&next), Some(foreign)).await;
    assert_eq!(refused, Err(unknown));
    let changed = rig.bailee.update_secret(&human, secret.id, Some(1), Some(&next), None).await?;
    assert_eq!(changed.version, 2);
    let stale = rig.bailee.update_secret(&human, secret.id, Some(1), Some(&next), None).await;
    assert_eq!(stale, Err(Error::Stale));
    let narrowed = Scope::Agents(ProfileIds::new([ProfileId::new("p1")?])?);
    rig.bailee.update_secret(&human, secret.id, None, None, Some(narrowed)).await?;
    assert_eq!(rig.bailee.secret(&rig.own("p1")?, &name).await?.expose_secret(), "next");
    rig.bailee.delete_secret(&human, secret.id).await?;
    assert_eq!(rig.bailee.secret(&rig.own("p1")?, &name).await.err(), Some(SecretError::NotFound));
    assert_eq!(rig.bailee.delete_secret(&human, secret.id).await, Err(Error::NotFound));
    Ok(())
}

#[tokio::test]
async fn only_a_person_writes_a_secret_or_widens_one() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let (agent, value) = (rig.session(Actor::Agent), SecretString::from("v"));
    let name = SecretName::new("crm_key")?;
    let refused = rig.bailee.create_secret(&agent, name.clone(), &value, Scope::All).await;
    assert_eq!(refused, Err(Error::HumanNeeded));
    let nobody = Scope::Agents(ProfileIds::default());
    let secret = rig.bailee.create_secret(&rig.human(), name, &value, nobody.clone()).await?;
    for (value, scope) in [(Some(&value), None), (None, Some(Scope::All))] {
        let refused = rig.bailee.update_secret(&agent, secret.id, None, value, scope).await;
        assert_eq!(refused, Err(Error::HumanNeeded));
    }
    rig.bailee.update_secret(&agent, secret.id, None, None, Some(nobody)).await?;
    rig.bailee.delete_secret(&agent, secret.id).await?;
    Ok(())
}
