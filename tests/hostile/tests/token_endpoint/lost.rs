//! T30: answers that never arrive.

use std::time::Duration;

use anyhow::{Result, ensure};
use bailee_core::{ExposeSecret as _, Lifecycle, ProviderError, Rotation, StatusReason};
use bailee_engine::{Bailee, TokenError};
use bailee_testkit::{
    MockGoogle, mock_google,
    mock_provider::{Endpoint, Fault},
};
use hostile_tests::{Declared, Server, Then};
use test_support::google;

use crate::rig::{LIFETIME, Refused, Rig, timings};

#[tokio::test]
async fn an_exchange_whose_connection_is_reset_is_not_sent_again() -> Result<()> {
    let server = Server::start(Then::Reset)?;
    let rig = Rig::new().await?;
    rig.exchange_fails(&rig.at(&server)?, &ProviderError::OutcomeUnknown).await?;
    ensure!(server.connections() == 2, "{} connections for two codes", server.connections());
    for fault in [Fault::DropBeforeProcessing, Fault::DropAfterProcessing, Fault::Truncate(40)] {
        let rig = Rig::new().await?;
        rig.exchange_fails(&rig.faulty(fault), &ProviderError::OutcomeUnknown).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_whose_connection_is_reset_is_replayed_once_and_kills_nothing() -> Result<()> {
    let server = Server::start(Then::Reset)?;
    let rig = Rig::new().await?;
    rig.refresh_fails(&rig.at(&server)?, &Refused::lost()).await?;
    for fault in [Fault::DropBeforeProcessing, Fault::DropAfterProcessing, Fault::Truncate(40)] {
        let rig = Rig::new().await?;
        rig.refresh_fails(&rig.faulty(fault), &Refused::lost()).await?;
    }
    Ok(())
}

/// A host whose provider is said, and is, to treat refresh tokens so.
async fn rotating(said: Rotation, done: mock_google::Rotation) -> Result<(Rig, Bailee)> {
    let rig = Rig::over(MockGoogle::builder().rotation(done).start().await?).await?;
    let host = rig.process(timings(), Declared::rotating(google(&rig.mock)?, said))?;
    rig.mock.clear_requests();
    Ok((rig, host))
}

#[tokio::test]
async fn a_lost_answer_is_replayed_where_the_old_token_is_still_good() -> Result<()> {
    let grace = Rotation::Grace(Duration::from_secs(30));
    for (said, done) in
        [(Rotation::Static, mock_google::Rotation::Off), (grace, mock_google::Rotation::Grace(1))]
    {
        for fault in [Fault::DropBeforeProcessing, Fault::DropAfterProcessing] {
            let (rig, host) = rotating(said, done).await?;
            rig.clock.advance(LIFETIME);
            rig.mock.fault(Endpoint::Token, fault.clone()).once();
            let live = rig.token(&host).await?;
            ensure!(rig.mock.is_live(live.token().expose_secret()), "{said:?} {fault:?}: a dead token");
            let sent = rig.mock.count("/token", Some("refresh_token"));
            ensure!(sent == 2, "{said:?} {fault:?}: {sent} requests");
            ensure!(rig.mock.reuses() == 0, "{said:?} {fault:?}: the replay cost the grant");
        }
    }
    Ok(())
}

/// The first refresh of a strict provider is lost while the old token lives, and asked for again at once.
async fn strict(fault: Fault) -> Result<(Rig, Bailee)> {
    let (rig, host) = rotating(Rotation::Strict, mock_google::Rotation::Strict).await?;
    let (before, old) = (rig.kept().await?, rig.token(&host).await?);
    rig.mock.fault(Endpoint::Token, fault).once();
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_mins(2)));
    for _ in 0..3 {
        let longer = host.token_for(&rig.owner, "google", Duration::from_mins(10)).await.err();
        ensure!(matches!(longer, Some(TokenError::Unavailable { .. })), "{longer:?}");
        let served = rig.token(&host).await?;
        ensure!(served.token().expose_secret() == old.token().expose_secret(), "the old token lives");
        // Longer than any lease.
        rig.clock.advance(Duration::from_secs(35));
    }
    let sent = rig.mock.count("/token", Some("refresh_token"));
    ensure!(sent == 1, "a strict provider got {sent} requests while the old token lived");
    ensure!(rig.kept().await? == before, "the row changed");
    rig.clock.advance(Duration::from_mins(2));
    Ok((rig, host))
}

#[tokio::test]
async fn a_strict_provider_is_not_asked_again_before_the_token_has_expired_and_then_heals() -> Result<()> {
    let (rig, host) = strict(Fault::DropBeforeProcessing).await?;
    let live = rig.token(&host).await?;
    ensure!(rig.mock.is_live(live.token().expose_secret()), "a dead token");
    ensure!(rig.mock.count("/token", Some("refresh_token")) == 2, "one more");
    Ok(())
}

#[tokio::test]
async fn a_strict_provider_whose_answer_was_lost_has_used_the_grant_up_and_that_is_said() -> Result<()> {
    let (rig, host) = strict(Fault::DropAfterProcessing).await?;
    let reason = StatusReason::OutcomeLost;
    let dead = rig.token(&host).await.err();
    ensure!(dead == Some(TokenError::NeedsReconnect { integration: rig.id, reason }), "{dead:?}");
    ensure!(rig.row().await?.lifecycle == Lifecycle::NeedsReconnect);
    ensure!(rig.mock.count("/token", Some("refresh_token")) == 2, "one replay, after the expiry");
    Ok(())
}
