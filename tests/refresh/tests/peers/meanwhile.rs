//! What one host does while another one refreshes.

use std::time::Duration;

use anyhow::ensure;
use bailee_core::{Clock as _, ExposeSecret as _};
use bailee_engine::{Disconnected, SystemClock, Timings, TokenError};
use bailee_testkit::mock_provider::{Endpoint, Fault};
use futures_util::future::try_join_all;
use process_tests::{Replay, Step, ask};
use test_support::{Engine, each_of};

use crate::rig::{Rig, USER, on_each_at_once, short, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_whose_caller_went_away_is_saved_for_all() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, _) = Rig::expired(database, Replay::Strict, Timings::default()).await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        caller.abort();
        ensure!(caller.await.is_err_and(|error| error.is_cancelled()));
        gate.open();
        rig.ensure_live(&rig.ask(5).await?)?;
        rig.ensure_refreshes(1)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_of_a_peer_is_the_answer_to_an_invalid_grant() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, _) = Rig::expired(database, Replay::Strict, Timings::default()).await?;
        // Past its last look at the time: it will send whatever happens.
        let (late, halt) = rig.host_standing(Step::Sending).await?;
        let late = rig.caller(&late);
        halt.until_reached().await;
        rig.lapse().await?;
        let peer = rig.host().await?.token(&rig.owner, "google").await?;
        // A provider that refuses the old token and leaves the new one alive.
        rig.mock.fault(Endpoint::Token, Fault::Error("invalid_grant".to_owned())).once();
        halt.release();
        let late = late.await??;
        ensure!(late.token().expose_secret() == peer.token().expose_secret(), "not the peer's token");
        ensure!(rig.is_live(&late));
        rig.ensure_refreshes(2)?;
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_grant_waits_for_what_the_holder_before_may_still_write() -> anyhow::Result<()> {
    // Six seconds to settle, which is more than this test needs of them.
    let timings = short().with_persist(Duration::from_secs(4)).with_lease(Duration::from_secs(8));
    on_each_at_once(&[()], async |database, ()| {
        let (rig, _) = Rig::expired(database, Replay::Static, timings).await?;
        let (slow, halt) = rig.host_standing(Step::Saving).await?;
        let slow = rig.caller(&slow);
        halt.until_reached().await;
        rig.lapse().await?;
        rig.mock.fault(Endpoint::Token, Fault::Error("invalid_grant".to_owned())).once();
        let refused = rig.caller(&rig.host().await?);
        until(async || Ok(rig.mock.count("/token", None) == 2)).await?;
        // Without the wait, the verdict would fall within this second.
        let clock = SystemClock::new();
        while clock.monotonic() < Duration::from_secs(1) {
            rig.ensure_never_dead().await?;
            clock.sleep(Duration::from_millis(50)).await;
        }
        halt.release();
        let (slow, refused) = (slow.await??, refused.await??);
        ensure!(slow.token().expose_secret() == refused.token().expose_secret());
        ensure!(rig.is_live(&refused));
        rig.ensure_refreshes(2)?;
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_was_taken_away_is_declared_dead_once_though_eight_hosts_ask() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, _) = Rig::expired(database, Replay::Strict, short()).await?;
        rig.mock.revoke_by_user("ada@example.test");
        let hosts = try_join_all((0..8).map(|_| rig.host())).await?;
        for turn in 0..2 {
            for answers in try_join_all(hosts.iter().map(|host| ask(host, USER, 5))).await? {
                let revoked = [("needs_reconnect: revoked".to_owned(), 5)].into();
                ensure!(answers.failures == revoked, "{answers:?} in turn {turn}");
            }
            ensure!(rig.column("version").await? == 2, "it was declared dead more than once");
            rig.ensure_refreshes(1)?;
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_an_answer_leaves_out_is_kept_for_the_next_host() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, _) = Rig::expired(database, Replay::Static, Timings::default()).await?;
        let mut used = Vec::new();
        for _ in 0..3 {
            rig.ensure_live(&rig.ask(3).await?)?;
            used.push(rig.presented()?);
            rig.expire().await?;
        }
        rig.ensure_refreshes(3)?;
        used.dedup();
        ensure!(used.len() == 1, "a refresh token was lost");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_waits_for_the_refresh_of_another_host_and_ends_what_it_brought() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, integration) = Rig::expired(database, Replay::Strict, Timings::default()).await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        let old = rig.presented()?;
        let (other, owner) = (rig.host().await?, rig.owner.clone());
        let disconnect = tokio::spawn(async move { other.disconnect(&owner, integration.id).await });
        until(async || Ok(rig.bailee.integration(&rig.owner, integration.id).await?.is_none())).await?;
        gate.open();
        ensure!(disconnect.await?? == Disconnected::Revoked);
        ensure!(caller.await?.err() == Some(TokenError::NotConnected), "a disconnected token was handed out");

        let requests = rig.mock.requests();
        let revoked: Vec<_> = requests.iter().filter(|request| request.path == "/revoke").collect();
        ensure!(revoked.len() == 1, "{} revocations", revoked.len());
        ensure!(revoked.iter().all(|request| request.form("token").is_some_and(|token| token != old)));
        ensure!((rig.mock.live_grants(), rig.mock.live_access_tokens()) == (0, 0), "something outlived it");
        ensure!(rig.column("COUNT(*)").await? == 0);
        ensure!(rig.raw.count("SELECT COUNT(*) FROM outbox").await? == 0);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnect_wins_over_the_refresh_of_another_host() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, _) = Rig::expired(database, Replay::Strict, Timings::default()).await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        rig.connect().await?;
        let reconnected = rig.bailee.token(&rig.owner, "google").await?;
        let epoch = rig.column("secret_epoch").await?;
        gate.open();
        let served = caller.await??;
        ensure!(served.token().expose_secret() == reconnected.token().expose_secret());
        ensure!(rig.is_live(&served));
        ensure!(rig.column("secret_epoch").await? == epoch, "the refresh was written over the new grant");
        ensure!(rig.mock.count("/revoke", None) == 0, "a revocation may end the new grant too");
        let newest = rig.host().await?.token(&rig.owner, "google").await?;
        ensure!(newest.token().expose_secret() == reconnected.token().expose_secret());
        Ok(())
    })
    .await
}
