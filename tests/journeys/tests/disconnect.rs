use std::{sync::Arc, time::Duration};

use bailee_core::{ExposeSecret as _, Owner};
use bailee_engine::{Bailee, Disconnected, Error, TokenError};
use bailee_testkit::mock_provider::{Endpoint, Fault};
use futures_util::future::join_all;
use test_support::{google, key_ring};

use crate::rig::Rig;

#[tokio::test]
async fn a_disconnect_revokes_at_the_provider_and_erases_the_row() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    assert_eq!(rig.bailee.disconnect(&rig.owner, integration.id).await?, Disconnected::Revoked);
    assert_eq!(rig.mock.live_grants(), 0);
    assert_eq!(rig.bailee.disconnect(&rig.owner, integration.id).await, Err(Error::NotFound));
    assert_eq!(rig.bailee.disconnect(&rig.owner, "google").await?, Disconnected::None);
    assert_eq!(rig.bailee.token(&rig.owner, "google").await.err(), Some(TokenError::NotConnected));
    assert!(rig.store.messages().is_empty(), "the outbox is empty again");
    Ok(())
}

#[tokio::test]
async fn parallel_disconnects_revoke_once() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    let outcomes = join_all((0..10).map(|_| rig.bailee.disconnect(&rig.owner, integration.id))).await;
    assert_eq!(rig.mock.count_of(Endpoint::Revoke), 1);
    let revoked = outcomes.iter().filter(|outcome| **outcome == Ok(Disconnected::Revoked)).count();
    assert_eq!(revoked, 1, "{outcomes:?}");
    let harmless = |outcome: &Result<Disconnected, Error>| match outcome {
        Ok(outcome) => matches!(outcome, Disconnected::Revoked | Disconnected::Pending),
        Err(error) => *error == Error::NotFound,
    };
    assert!(outcomes.iter().all(harmless), "{outcomes:?}");
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_down_is_asked_again_and_the_row_goes_last() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503)).times(3);
    assert_eq!(rig.bailee.disconnect(&rig.owner, integration.id).await?, Disconnected::Pending);
    assert!(rig.bailee.integration(&rig.owner, integration.id).await?.is_none(), "hidden at once");
    assert_eq!(rig.bailee.token(&rig.owner, "google").await.err(), Some(TokenError::NotConnected));
    assert_eq!(rig.bailee.disconnect(&rig.owner, "google").await?, Disconnected::Pending);
    for turn in 0..3 {
        rig.clock.advance(Duration::from_hours(1));
        let tick = rig.bailee.tick().await?;
        assert_eq!((tick.done, tick.postponed), if turn < 2 { (0, 1) } else { (1, 0) }, "turn {turn}");
    }
    assert_eq!(rig.mock.live_grants(), 0);
    assert_eq!(rig.bailee.disconnect(&rig.owner, "google").await?, Disconnected::None);
    Ok(())
}

#[tokio::test]
async fn after_a_day_the_row_is_forgotten_here() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503));
    assert_eq!(rig.bailee.disconnect(&rig.owner, integration.id).await?, Disconnected::Pending);
    rig.clock.advance(Duration::from_hours(25));
    assert_eq!(rig.bailee.tick().await?.done, 1);
    assert_eq!(rig.bailee.disconnect(&rig.owner, "google").await?, Disconnected::None);
    assert!(rig.store.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_new_connect_is_free_while_the_old_one_is_being_revoked() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let old = rig.connect().await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503)).once();
    assert_eq!(rig.bailee.disconnect(&rig.owner, old.id).await?, Disconnected::Pending);
    let new = rig.connect().await?;
    assert_ne!(new.id, old.id);
    rig.clock.advance(Duration::from_hours(1));
    assert_eq!(rig.bailee.tick().await?.done, 1);
    let live = rig.bailee.token(&rig.owner, "google").await?;
    assert!(
        rig.mock.is_live(live.token().expose_secret()),
        "the new grant of the same account was not revoked"
    );
    Ok(())
}

#[tokio::test]
async fn an_account_of_two_owners_is_revoked_with_the_last_of_them() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let other = Owner::member("org_1", "u1")?;
    let mine = rig.connect().await?;
    let theirs = rig.connect_as(&other).await?;
    assert_eq!(rig.bailee.disconnect(&rig.owner, mine.id).await?, Disconnected::Shared);
    assert_eq!(rig.mock.count_of(Endpoint::Revoke), 0);
    let live = rig.bailee.token(&other, "google").await?;
    assert!(rig.mock.is_live(live.token().expose_secret()));
    assert_eq!(rig.bailee.disconnect(&other, theirs.id).await?, Disconnected::Revoked);
    assert_eq!(rig.mock.live_grants(), 0);
    Ok(())
}

#[tokio::test]
async fn a_row_whose_key_is_lost_can_still_be_disconnected() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    let elsewhere = Bailee::builder(rig.store.clone(), key_ring()?)
        .base_url("https://backend.example".parse()?)
        .provider(google(&rig.mock)?)
        .build()?;
    assert!(matches!(elsewhere.token(&rig.owner, "google").await, Err(TokenError::Vault(_))));
    assert_eq!(elsewhere.disconnect(&rig.owner, integration.id).await?, Disconnected::Failed);
    assert_eq!(elsewhere.disconnect(&rig.owner, "google").await?, Disconnected::None);
    Ok(())
}

#[tokio::test]
async fn a_disconnect_during_a_refresh_leaves_nothing_alive_at_the_provider() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.expired().await?;
    let (gate, caller) = rig.refresh_in_flight().await;
    let (bailee, owner) = (rig.bailee.clone(), rig.owner.clone());
    let disconnect = tokio::spawn(async move { bailee.disconnect(&owner, integration.id).await });
    while rig.bailee.integration(&rig.owner, integration.id).await?.is_some() {
        tokio::task::yield_now().await;
    }
    gate.open();
    assert_eq!(disconnect.await??, Disconnected::Revoked);
    assert_eq!(caller.await?.err(), Some(TokenError::NotConnected), "a disconnected token is not handed out");
    assert_eq!((rig.mock.live_grants(), rig.mock.live_access_tokens()), (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_foreign_integration_is_as_good_as_none() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    for stranger in
        [Owner::user("u2")?, Owner::user("U1")?, Owner::user("u1 ")?, Owner::member("org_1", "u1")?]
    {
        assert_eq!(rig.bailee.disconnect(&stranger, integration.id).await, Err(Error::NotFound));
        assert_eq!(rig.bailee.validate(&stranger, integration.id).await.map(drop), Err(Error::NotFound));
        assert_eq!(rig.bailee.token(&stranger, integration.id).await.err(), Some(TokenError::NotConnected));
        assert!(rig.bailee.integration(&stranger, integration.id).await?.is_none());
    }
    assert_eq!(rig.only().await?.id, integration.id);
    Ok(())
}

#[tokio::test]
async fn two_processes_that_disconnect_at_once_revoke_once() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.connect().await?;
    let processes = [rig.process(google(&rig.mock)?)?, rig.process(google(&rig.mock)?)?];
    let rig = Arc::new(rig);
    let outcomes =
        join_all(processes.iter().map(|bailee| bailee.disconnect(&rig.owner, integration.id))).await;
    assert!(outcomes.contains(&Ok(Disconnected::Revoked)), "{outcomes:?}");
    assert_eq!(rig.mock.count_of(Endpoint::Revoke), 1);
    Ok(())
}
