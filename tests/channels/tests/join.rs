use bailee_core::{
    Action, Actor, ExposeSecret as _, Outcome, Owner, ProfileId, ProfileIds, ProviderError, Scope,
    SecretString, Session, Transport, store::IntegrationChange,
};
use bailee_engine::{Error, JoinOptions};
use serde_json::{Value, json};

use crate::rig::{Rig, fields};

#[tokio::test]
async fn a_form_joins_an_account_and_its_secret_is_shown_once() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let joined = rig.join("mail", "ada").await?;
    assert_eq!(joined.integration.account.id.as_str(), "ada");
    assert!(!joined.reconnected && joined.link.is_none());
    let shown = joined.shown_once.map(|secret| secret.expose_secret().to_owned());
    assert!(shown.as_ref().is_some_and(|secret| secret.len() == 43));
    let row = rig.row(&joined.integration).await?;
    assert!(!format!("{row:?}").contains(&shown.unwrap_or_default()));
    let lines = rig.lines(Action::Connect).await?;
    assert_eq!(lines.iter().map(|line| line.integration).collect::<Vec<_>>(), [Some(row.id)]);
    Ok(())
}

#[tokio::test]
async fn only_a_person_joins_an_account() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    for actor in [Actor::Agent, Actor::Service] {
        let options = JoinOptions::new("mail", fields("ada", "s3cret"));
        let refused = rig.bailee.join(&rig.session(actor), options).await;
        assert_eq!(refused.err(), Some(Error::HumanNeeded));
    }
    assert!(rig.rows().await?.is_empty());
    let lines = rig.lines(Action::Connect).await?;
    assert!(lines.len() == 2 && lines.iter().all(|line| line.outcome == Outcome::Denied));
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_the_form_is_named_before_the_provider_is_asked() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    for (fields, expected) in [
        (json!({ "secret": "s" }), "/address"),
        (json!({ "address": 7, "secret": "s" }), "/address"),
        (json!({ "address": "a", "secret": "s", "extra": 1 }), ""),
    ] {
        let options = JoinOptions::new("mail", SecretString::from(fields.to_string()));
        match rig.bailee.join(&rig.human(), options).await {
            Err(Error::Provider(ProviderError::InvalidArguments { pointer, .. })) => {
                assert_eq!(pointer, expected);
            }
            other => anyhow::bail!("{other:?}"),
        }
    }
    assert!(rig.mail.hooks().is_empty(), "the provider was asked");
    Ok(())
}

#[tokio::test]
async fn what_the_provider_refuses_is_told_and_nothing_is_written() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let join = async |address, secret| {
        rig.bailee.join(&rig.human(), JoinOptions::new("mail", fields(address, secret))).await.err()
    };
    let revoked = ProviderError::GrantRevoked { reason: "refused" };
    assert_eq!(join("ada", "wrong").await, Some(Error::Provider(revoked)));
    let named = ProviderError::InvalidArguments { pointer: "/address".to_owned(), problem: "leads nowhere" };
    assert_eq!(join("nowhere", "s3cret").await, Some(Error::Provider(named)));
    assert!(rig.rows().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn joining_again_keeps_the_record_and_its_scope() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let first = rig.join("mail", "ada").await?.integration;
    let profiles = ProfileIds::new([ProfileId::new("p1")?])?;
    let scope = Scope::Agents(profiles);
    rig.change(&first, IntegrationChange { scope: Some(scope.clone()), ..Default::default() }).await?;
    let options = JoinOptions::new("mail", fields("ada", "newer")).integration(first.id);
    let again = rig.bailee.join(&rig.human(), options).await?;
    assert!(again.reconnected);
    let row = rig.row(&first).await?;
    assert_eq!((row.id, &row.scope), (first.id, &scope));
    assert_eq!(row.config.get("rounds"), Some(&json!(1)), "the adapter saw what was there, and changed it");
    let token = rig.bailee.token(&rig.owner, row.id).await?;
    assert_eq!(token.token().expose_secret(), "newer");
    Ok(())
}

#[tokio::test]
async fn another_account_does_not_take_the_place_of_the_one_that_is_joined_again() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let first = rig.join("mail", "ada").await?.integration;
    let options = JoinOptions::new("mail", fields("bob", "stray")).integration(first.id);
    assert_eq!(rig.bailee.join(&rig.human(), options).await.err(), Some(Error::AccountMismatch));
    let token = rig.bailee.token(&rig.owner, first.id).await?;
    assert_eq!(token.token().expose_secret(), "s3cret", "the old credential is untouched");
    assert_eq!(rig.mail.revoked(), ["stray"], "what was joined in vain is given back");
    Ok(())
}

#[tokio::test]
async fn profiles_of_others_are_refused_and_nothing_is_joined() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let foreign = ProfileId::new("p9")?;
    let options = || JoinOptions::new("mail", fields("ada", "s3cret"));
    let scope = Scope::Agents(ProfileIds::new([ProfileId::new("p1")?, foreign.clone()])?);
    for (options, field) in
        [(options().scope(scope), "profile_ids"), (options().bound_profile(foreign), "bound_profile_id")]
    {
        match rig.bailee.join(&rig.human(), options).await {
            Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
            other => anyhow::bail!("{other:?}"),
        }
    }
    assert!(rig.rows().await?.is_empty() && rig.mail.hooks().is_empty());
    Ok(())
}

#[tokio::test]
async fn an_account_whose_events_go_to_one_owner_is_joined_by_one() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("bot", "robot").await?;
    let owner = Owner::user("u2")?;
    let other = Session { owner, actor: Actor::Human, transport: Transport::Bearer };
    let options = JoinOptions::new("bot", fields("robot", "theirs"));
    assert_eq!(rig.bailee.join(&other, options).await.err(), Some(Error::Taken));
    assert_eq!(rig.bot.revoked(), ["theirs"]);
    let options = JoinOptions::new("mail", fields("ada", "theirs"));
    rig.join("mail", "ada").await?;
    assert!(rig.bailee.join(&other, options).await.is_ok(), "an address may be written to by two");
    Ok(())
}

#[tokio::test]
async fn what_belongs_to_the_account_stays_when_its_settings_change() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("mail", "ada").await?.integration;
    let config =
        |value: Value| IntegrationChange { config: value.as_object().cloned(), ..Default::default() };
    for given in [json!({ "greeting": "hi" }), json!({ "greeting": "hi", "rounds": 0 })] {
        let changed = rig.change(&row, config(given)).await?;
        assert_eq!(Value::Object(changed.config), json!({ "greeting": "hi", "rounds": 0 }));
    }
    let changed = rig.change(&row, config(json!({}))).await?;
    assert_eq!(Value::Object(changed.config), json!({ "rounds": 0 }));
    for foreign in [json!({ "rounds": 9 }), json!({ "other": 1 })] {
        assert!(rig.change(&row, config(foreign)).await.is_err());
    }
    Ok(())
}

#[tokio::test]
async fn a_form_is_not_for_an_account_that_a_widget_joins() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let refused =
        rig.bailee.join(&rig.human(), JoinOptions::new("bank", fields("enrollment", "t0ken"))).await;
    assert_eq!(refused.err(), Some(Error::Provider(ProviderError::Unsupported)));
    Ok(())
}

#[tokio::test]
async fn a_join_whose_caller_goes_away_is_carried_to_its_end() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let held = rig.mail.hold();
    let (bailee, session) = (rig.bailee.clone(), rig.human());
    let options = JoinOptions::new("mail", fields("ada", "s3cret"));
    let joining = tokio::spawn(async move { bailee.join(&session, options).await });
    while rig.mail.hooks().is_empty() {
        tokio::task::yield_now().await;
    }
    joining.abort();
    assert!(joining.await.is_err_and(|error| error.is_cancelled()));
    held.add_permits(1);
    for _ in 0..10_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(rig.rows().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_provider_that_hears_nothing_is_asked_once_for_each_join() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("mail", "ada").await?;
    assert!(rig.join("mail", "ada").await?.reconnected);
    assert_eq!(rig.mail.hooks().len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_being_let_go_is_joined_anew() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let first = rig.join("bot", "robot").await?.integration;
    rig.bot.refuse_to_revoke();
    rig.bailee.disconnect(&rig.owner, first.id).await?;
    let again = rig.join("bot", "robot").await?;
    assert!(!again.reconnected && again.integration.id != first.id);
    let hook = rig.bot.hooks().pop().unwrap_or_default();
    assert!(hook.ends_with(&again.integration.id.to_string()), "{hook}");
    let tested = rig.bailee.test(&rig.owner, first.id).await;
    assert_eq!(tested.err(), Some(Error::NotFound));
    Ok(())
}
