use std::time::Duration;

use bailee_core::{
    ClientId, ClientRegistration, ExposeSecret as _, Lifecycle, MockProvider, Owner, Provider as _, Status,
    StatusReason,
};
use bailee_engine::TokenError;
use bailee_testkit::{
    mock_google::CLIENT_SECRET,
    mock_provider::{Endpoint, Fault, Gate},
};
use test_support::{google, google_as};

use crate::rig::Rig;

#[tokio::test]
async fn an_expired_token_is_refreshed_and_the_refresh_token_kept() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    for _ in 0..2 {
        let live = rig.bailee.token(&rig.owner, "google").await?;
        assert!(rig.mock.is_live(live.token().expose_secret()));
        rig.clock.advance(Duration::from_hours(2));
    }
    assert_eq!(rig.refreshes(), 2, "the second refresh had the refresh token that the first answer left out");
    Ok(())
}

#[tokio::test]
async fn an_ageing_token_is_served_at_once_and_renewed_behind_it() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    let old = rig.bailee.token(&rig.owner, "google").await?;
    rig.clock.advance(Duration::from_secs(3_599 - 60));
    let gate = Gate::new();
    rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
    let served = rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(served.token().expose_secret(), old.token().expose_secret());
    gate.until_waiting(1).await;
    gate.open();
    let newer = loop {
        let live = rig.bailee.token(&rig.owner, "google").await?;
        if live.token().expose_secret() != old.token().expose_secret() {
            break live;
        }
        tokio::task::yield_now().await;
    };
    assert!(rig.mock.is_live(newer.token().expose_secret()));
    assert_eq!(rig.refreshes(), 1);
    Ok(())
}

#[tokio::test]
async fn a_token_that_still_lives_is_served_while_the_provider_is_down() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    rig.clock.advance(Duration::from_secs(3_599 - 20));
    rig.mock.fault(Endpoint::Token, Fault::Status(503));
    let live = rig.bailee.token(&rig.owner, "google").await?;
    assert!(rig.mock.is_live(live.token().expose_secret()));
    rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(rig.refreshes(), 1, "the next caller has it at once, and the provider its peace");
    let longer = rig.bailee.token_for(&rig.owner, "google", Duration::from_mins(5)).await;
    assert!(
        matches!(longer.err(), Some(TokenError::Unavailable { .. })),
        "a longer life than it has was asked for"
    );
    rig.clock.advance(Duration::from_secs(21));
    let expired = rig.bailee.token(&rig.owner, "google").await;
    assert!(
        matches!(expired.err(), Some(TokenError::Unavailable { .. })),
        "an expired token is never handed out"
    );
    assert_eq!(rig.only().await?.lifecycle, Lifecycle::Connected, "a provider that is down kills nothing");
    Ok(())
}

#[tokio::test]
async fn a_retry_after_is_kept_to() -> anyhow::Result<()> {
    let rig = Rig::in_one_time().await?;
    rig.expired().await?;
    rig.mock.fault(Endpoint::Token, Fault::TooManyRequests { retry_after: Some(120) }).once();
    for _ in 0..3 {
        let refused = rig.bailee.token(&rig.owner, "google").await;
        let wait = refused.err().and_then(|error| error.retry_after());
        assert!(wait.is_some_and(|wait| wait > Duration::from_mins(1)), "{wait:?}");
    }
    assert_eq!(rig.refreshes(), 1, "no call before the time that the provider named");
    rig.clock.advance(Duration::from_secs(121));
    rig.bailee.token(&rig.owner, "google").await?;
    Ok(())
}

#[tokio::test]
async fn a_grant_that_the_user_took_away_needs_a_reconnect_and_a_reconnect_heals_it() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let integration = rig.expired().await?;
    rig.mock.revoke_by_user("ada@example.test");
    let dead = TokenError::NeedsReconnect { integration: integration.id, reason: StatusReason::Revoked };
    assert_eq!(rig.bailee.token(&rig.owner, "google").await.err(), Some(dead.clone()));
    assert_eq!(rig.bailee.token(&rig.owner, "google").await.err(), Some(dead));
    assert_eq!(rig.refreshes(), 1, "a dead grant is not tried again");
    let row = rig.only().await?;
    assert_eq!((row.lifecycle, row.status), (Lifecycle::NeedsReconnect, Status::Invalid));
    let healed = rig.connect().await?;
    assert_eq!(
        (healed.id, healed.lifecycle, healed.status),
        (integration.id, Lifecycle::Connected, Status::Valid)
    );
    rig.bailee.token(&rig.owner, "google").await?;
    Ok(())
}

#[tokio::test]
async fn a_changed_client_id_kills_no_row_and_sends_nothing() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    let other = ClientRegistration::new(ClientId::new("another-client")?, CLIENT_SECRET.to_owned().into());
    let swapped = rig.process(google_as(&rig.mock, other)?)?;
    assert_eq!(swapped.token(&rig.owner, "google").await.err(), Some(TokenError::Config));
    assert_eq!(rig.mock.count("/token", None), 0, "no request with the wrong client");
    assert_eq!(rig.only().await?.lifecycle, Lifecycle::Connected);
    rig.clock.advance(Duration::from_mins(2));
    let mended = rig.process(google(&rig.mock)?)?;
    mended.token(&rig.owner, "google").await?;
    Ok(())
}

#[tokio::test]
async fn a_refused_client_kills_no_row_and_its_next_secret_is_tried() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    rig.mock.set_client_secrets(bailee_testkit::mock_google::CLIENT_ID, &["the-new-secret"]);
    assert_eq!(rig.bailee.token(&rig.owner, "google").await.err(), Some(TokenError::Config));
    assert_eq!(rig.only().await?.lifecycle, Lifecycle::Connected);
    rig.clock.advance(Duration::from_mins(2));
    let both = ClientRegistration {
        client_id: ClientId::new(bailee_testkit::mock_google::CLIENT_ID)?,
        secrets: vec![CLIENT_SECRET.to_owned().into(), "the-new-secret".to_owned().into()],
    };
    let rotated = rig.process(google_as(&rig.mock, both)?)?;
    rotated.token(&rig.owner, "google").await?;
    Ok(())
}

#[tokio::test]
async fn a_caller_that_goes_away_loses_no_token() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    let (gate, caller) = rig.refresh_in_flight().await;
    caller.abort();
    assert!(caller.await.is_err_and(|error| error.is_cancelled()));
    gate.open();
    rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(rig.refreshes(), 1, "the refresh that nobody waited for was kept");
    Ok(())
}

#[tokio::test]
async fn a_shutdown_waits_for_a_refresh_that_is_under_way() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    let background = rig.bailee.start();
    let (gate, caller) = rig.refresh_in_flight().await;
    let shutdown = tokio::spawn(background.shutdown(Duration::from_secs(20)));
    tokio::task::yield_now().await;
    assert!(!shutdown.is_finished());
    gate.open();
    assert!(shutdown.await?, "everything under way has ended");
    caller.await??;
    Ok(())
}

#[tokio::test]
async fn a_reconnect_during_a_refresh_wins() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    let (gate, caller) = rig.refresh_in_flight().await;
    rig.connect().await?;
    let reconnected = rig.bailee.token(&rig.owner, "google").await?;
    gate.open();
    let served = caller.await??;
    assert_eq!(served.token().expose_secret(), reconnected.token().expose_secret());
    assert!(rig.mock.is_live(served.token().expose_secret()));
    Ok(())
}

#[tokio::test]
async fn one_dead_row_does_not_disturb_another() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.connect().await?;
    let other = Owner::user("u2")?;
    rig.connect_as(&other).await?;
    rig.mock.fault(Endpoint::Token, Fault::Error("invalid_grant".to_owned())).once();
    rig.clock.advance(Duration::from_hours(2));
    assert!(matches!(rig.bailee.token(&rig.owner, "google").await, Err(TokenError::NeedsReconnect { .. })));
    rig.bailee.token(&other, "google").await?;
    Ok(())
}

#[tokio::test]
async fn a_grant_that_is_known_to_be_dead_is_never_sent_again() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.expired().await?;
    rig.mock.revoke_by_user("ada@example.test");
    assert!(rig.bailee.token(&rig.owner, "google").await.is_err());
    let google = google(&rig.mock)?;
    let mut watched = MockProvider::new();
    watched.expect_descriptor().return_const(google.descriptor().clone());
    watched.expect_registrations().return_const(google.registrations().to_vec());
    watched.expect_tools().return_const(Vec::new());
    watched.expect_refresh().never();
    watched.expect_validate().never();
    let process = rig.process(watched)?;
    assert!(matches!(process.token(&rig.owner, "google").await, Err(TokenError::NeedsReconnect { .. })));
    assert!(!process.validate(&rig.owner, "google").await?.is_valid);
    Ok(())
}
