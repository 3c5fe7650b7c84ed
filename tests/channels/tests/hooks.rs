use std::time::Duration;

use anyhow::Context as _;
use bailee_core::{
    Actor, ExposeSecret as _, Integration, Lifecycle, Owner, ProfileId, Session, Status, Transport,
    store::IntegrationChange,
};
use bailee_engine::{HookError, JoinOptions};
use serde_json::{Value, json};

use crate::{
    pigeon::SHARED_SECRET,
    rig::{Rig, fields},
};

const SHARED: (&str, &str) = ("bot", "shared");

fn message(id: &str, account: &str) -> Value {
    json!([{ "id": id, "kind": "message", "account": account, "text": "hello" }])
}

#[tokio::test]
async fn what_is_not_from_the_provider_is_answered_like_a_hook_that_is_not_there() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("bot", "robot").await?.integration;
    let (own, other) = (row.id.to_string(), rig.join("mail", "ada").await?.integration.id.to_string());
    let hooks = [
        (SHARED, "wrong"),
        (SHARED, ""),
        (("bot", own.as_str()), SHARED_SECRET),
        (("bot", other.as_str()), SHARED_SECRET),
        (("bot", "nonsense"), SHARED_SECRET),
        (("mail", "shared"), SHARED_SECRET),
        (("nobody", "shared"), SHARED_SECRET),
    ];
    for (hook, secret) in hooks {
        let refused = rig.deliver(hook, secret, &message("1", "robot")).await;
        assert_eq!(refused, Err(HookError::NotFound), "{hook:?}");
    }
    assert!(rig.host.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn what_the_provider_sends_in_another_shape_is_malformed() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    for body in [json!({}), json!([{ "id": "1" }]), json!("text")] {
        assert_eq!(rig.deliver(SHARED, SHARED_SECRET, &body).await, Err(HookError::Malformed));
    }
    Ok(())
}

#[tokio::test]
async fn a_message_is_handed_over_once_with_its_integration() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("bot", "robot").await?.integration;
    let bound = Some(Some(ProfileId::new("p1")?));
    rig.change(&row, IntegrationChange { bound_profile: bound, ..Default::default() }).await?;
    for id in ["1", "1", "2"] {
        rig.deliver(SHARED, SHARED_SECRET, &message(id, "robot")).await?;
    }
    rig.deliver(SHARED, SHARED_SECRET, &message("3", "stranger")).await?;
    let messages = rig.host.messages();
    let ids: Vec<_> = messages.iter().map(|(_, message)| message.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    let (to, first) = messages.first().context("a message")?;
    assert_eq!(to.bound_profile, Some(ProfileId::new("p1")?));
    assert_eq!(first.content.get("text"), Some(&json!("hello")));
    Ok(())
}

#[tokio::test]
async fn a_message_that_the_host_could_not_take_is_new_when_it_is_repeated() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.join("bot", "robot").await?;
    rig.host.set_full(true);
    let refused = rig.deliver(SHARED, SHARED_SECRET, &message("1", "robot")).await;
    assert_eq!(refused, Err(HookError::Unavailable));
    rig.host.set_full(false);
    rig.deliver(SHARED, SHARED_SECRET, &message("1", "robot")).await?;
    assert_eq!(rig.host.messages().len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_integration_that_is_turned_off_hears_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("bot", "robot").await?.integration;
    rig.change(&row, IntegrationChange { enabled: Some(false), ..Default::default() }).await?;
    rig.deliver(SHARED, SHARED_SECRET, &message("1", "robot")).await?;
    assert!(rig.host.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn everybody_who_joined_an_account_learns_that_it_ended() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let other = Session { owner: Owner::user("u2")?, actor: Actor::Human, transport: Transport::Bearer };
    let begun = rig.bailee.pair(&other, "bot").await?;
    let word = begun.url.query_pairs().next().map(|(_, word)| word.into_owned()).context("a word")?;
    let (mine, stays) =
        (rig.join("bot", "robot").await?.integration, rig.join("bot", "second").await?.integration);
    let said = json!([{ "id": "1", "kind": "word", "account": "robot", "word": word }]);
    rig.deliver(SHARED, SHARED_SECRET, &said).await?;
    let ended = json!([{ "id": "2", "kind": "ended", "account": "robot" }]);
    rig.deliver(SHARED, SHARED_SECRET, &ended).await?;
    let theirs = rig.bailee.integrations(&other.owner, None, 10).await?.items;
    let theirs = theirs.first().context("their integration")?;
    for row in [&mine, theirs] {
        assert_eq!(rig.row(row).await?.status, Status::Invalid);
    }
    assert_eq!(rig.row(&stays).await?.status, Status::Valid);
    let options = JoinOptions::new("bot", fields("second", "s3cret"));
    assert!(rig.bailee.join(&rig.human(), options).await?.reconnected);
    Ok(())
}

#[tokio::test]
async fn a_hook_of_an_integration_ends_with_it() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("bot", "robot").await?.integration;
    rig.bailee.disconnect(&rig.owner, row.id).await?;
    let hook = row.id.to_string();
    let refused = rig.deliver(("bot", &hook), SHARED_SECRET, &message("1", "robot")).await;
    assert_eq!(refused, Err(HookError::NotFound));
    Ok(())
}

/// Joins a bot of the user's own. Gives its integration and the secret of its hook.
async fn own_bot(rig: &Rig, address: &str) -> anyhow::Result<(Integration, String)> {
    let joined = rig.join("bot", address).await?;
    let secret = joined.shown_once.context("the secret of its hook")?;
    Ok((joined.integration, secret.expose_secret().to_owned()))
}

#[tokio::test]
async fn a_hook_is_of_its_provider_and_ends_when_the_integration_is_let_go() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let (row, secret) = own_bot(&rig, "robot").await?;
    let own = row.id.to_string();
    let elsewhere = rig.deliver(("bank", &own), &secret, &message("1", "robot")).await;
    assert_eq!(elsewhere, Err(HookError::NotFound));
    rig.bot.refuse_to_revoke();
    rig.bailee.disconnect(&rig.owner, row.id).await?;
    let late = rig.deliver(("bot", &own), &secret, &message("2", "robot")).await;
    assert_eq!(late, Err(HookError::NotFound), "although it is still there");
    assert!(rig.host.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn what_comes_to_a_hook_of_ones_own_is_of_its_integration_whatever_it_says() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let (row, secret) = own_bot(&rig, "robot").await?;
    rig.join("bot", "other").await?;
    rig.deliver(("bot", &row.id.to_string()), &secret, &message("1", "other")).await?;
    let to: Vec<_> = rig.host.messages().into_iter().map(|(to, _)| to.id).collect();
    assert_eq!(to, [row.id]);
    Ok(())
}

#[tokio::test]
async fn an_integration_that_needs_its_owner_hears_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let (row, secret) = own_bot(&rig, "mortal").await?;
    rig.clock.advance(Duration::from_hours(2));
    assert!(rig.bailee.token(&rig.owner, row.id).await.is_err());
    assert_eq!(rig.row(&row).await?.lifecycle, Lifecycle::NeedsReconnect);
    rig.deliver(("bot", &row.id.to_string()), &secret, &message("1", "mortal")).await?;
    assert!(rig.host.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_host_gets_a_message_without_the_secrets_among_the_settings() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let row = rig.join("bot", "robot").await?.integration;
    let config = json!({ "greeting": "hi", "pin": "1234-5678-9012" }).as_object().cloned();
    rig.change(&row, IntegrationChange { config, ..Default::default() }).await?;
    rig.deliver(SHARED, SHARED_SECRET, &message("1", "robot")).await?;
    let (to, _) = rig.host.messages().pop().context("a message")?;
    assert_eq!(to.config.get("greeting"), Some(&json!("hi")));
    assert!(!format!("{:?}", to.config).contains("5678"), "{:?}", to.config);
    Ok(())
}
