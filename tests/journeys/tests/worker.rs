use std::time::Duration;

use bailee_core::{ExposeSecret as _, Owner};
use bailee_engine::{Bailee, ConnectOptions, Error};
use bailee_testkit::{
    connected_by,
    mock_google::GoogleAccount,
    mock_provider::{Endpoint, Fault},
};
use test_support::{google, key_ring};

use crate::rig::Rig;

#[tokio::test]
async fn expired_flows_are_removed() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("google", rig.bailee.nonce()?)).await?;
    assert_eq!(rig.bailee.tick().await?.reaped, 0);
    rig.clock.advance(Duration::from_mins(11));
    assert_eq!(rig.bailee.tick().await?.reaped, 1);
    assert_eq!(rig.store.flows(), 0);
    Ok(())
}

#[tokio::test]
async fn an_owner_has_five_pending_flows_of_a_provider_at_most() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    for _ in 0..20 {
        rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("google", rig.bailee.nonce()?)).await?;
    }
    assert_eq!(rig.store.flows(), 5);
    Ok(())
}

#[tokio::test]
async fn a_flood_of_flows_is_refused_with_a_time_to_come_back() -> anyhow::Result<()> {
    let limits = bailee_engine::Limits { flows: 3, ..bailee_engine::Limits::default() };
    let rig = Rig::with(|builder| builder.limits(limits)).await?;
    for user in 0..3 {
        let owner = Owner::user(format!("u{user}"))?;
        rig.bailee.connect(&owner, ConnectOptions::with_nonce("google", rig.bailee.nonce()?)).await?;
    }
    let late = Owner::user("late")?;
    let error =
        rig.bailee.connect(&late, ConnectOptions::with_nonce("google", rig.bailee.nonce()?)).await.err();
    assert_eq!(error, Some(Error::TooManyFlows));
    assert!(error.and_then(|error| error.retry_after()).is_some());
    Ok(())
}

#[tokio::test]
async fn tokens_that_are_about_to_expire_are_renewed_without_a_caller() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    assert_eq!(rig.bailee.tick().await?.refreshes, 0);
    rig.clock.advance(Duration::from_secs(3_599 - 10));
    assert_eq!(rig.bailee.tick().await?.refreshes, 1);
    let live = rig.bailee.token(&rig.owner, "google").await?;
    assert!(rig.mock.is_live(live.token().expose_secret()));
    assert_eq!(rig.refreshes(), 1);
    Ok(())
}

#[tokio::test]
async fn an_unused_grant_that_could_not_be_given_back_is_revoked_later() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.mock.add_account(GoogleAccount::new("2222", "bob@example.test"));
    rig.connect().await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503)).once();
    let choose_bob = |page: &url::Url| Ok(rig.mock.consent(page).account("bob@example.test").allow()?);
    assert!(connected_by(&rig.bailee, &rig.owner, "google", choose_bob).await.is_err());
    assert_eq!(rig.mock.live_grants(), 2);
    rig.clock.advance(Duration::from_mins(1));
    assert_eq!(rig.bailee.tick().await?.done, 1);
    assert_eq!(rig.mock.live_grants(), 1);
    Ok(())
}

#[tokio::test]
async fn a_key_ring_that_does_not_fit_is_found_at_the_start() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    rig.bailee.verify().await?;
    let wrong = Bailee::builder(rig.store.clone(), key_ring()?)
        .base_url("https://backend.example".parse()?)
        .provider(google(&rig.mock)?)
        .build()?;
    assert!(matches!(wrong.verify().await, Err(Error::Vault(_))));
    Ok(())
}
