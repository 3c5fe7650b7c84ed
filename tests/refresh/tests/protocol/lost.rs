//! A request that was carried out and whose answer never came.

use std::time::Duration;

use anyhow::ensure;
use bailee_core::Clock as _;
use bailee_engine::SystemClock;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use refresh_tests::{Answers, Pace, Replay, Step, ask};

use crate::rig::{Rig, on_each_at_once};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_is_replayed_once_where_that_is_harmless() -> anyhow::Result<()> {
    on_each_at_once(&[Replay::Static, Replay::Grace], async |database, replay| {
        let mut rig = Rig::new(database, replay).await?;
        rig.orders.pace = Pace::Short;
        rig.expired().await?;
        rig.mock.fault(Endpoint::Token, Fault::DropAfterProcessing).once();
        let (one, other) = (rig.host().await?, rig.host().await?);
        let (one, other) = tokio::try_join!(ask(&one, "u1", 5), ask(&other, "u1", 5))?;
        for answers in [one, other] {
            ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
            ensure!(answers.tokens.iter().all(|token| rig.mock.is_live(token)));
        }
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.max_in_flight("/token") == 1);
        ensure!(rig.mock.reuses() == 0);
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_is_a_lost_outcome_where_a_replay_ends_the_grant() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| {
        let mut rig = Rig::new(database, Replay::Strict).await?;
        rig.orders.pace = Pace::Short;
        rig.expired().await?;
        rig.mock.fault(Endpoint::Token, Fault::DropAfterProcessing).once();
        let answers = ask(&rig.host().await?, "u1", 1).await?;
        ensure!(answers.failures == [("unavailable".to_owned(), 1)].into(), "{answers:?}");
        ensure!(rig.refreshes() == 1, "the token was used again at once");
        let until = rig.column("lease_until_ms").await?;
        ensure!(
            until > rig.raw.clock().await?,
            "the lease was given back, and the next one would use it again"
        );

        for _ in 0..2 {
            let answers = ask(&rig.host().await?, "u1", 5).await?;
            let lost = [("needs_reconnect: outcome_lost".to_owned(), 5)].into();
            ensure!(answers.failures == lost, "{answers:?}");
        }
        ensure!(rig.raw.clock().await? >= until, "the lease was not waited for");
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        ensure!(rig.column("version").await? == 2, "it is declared dead once");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_still_lives_is_served_to_its_end_after_a_lost_reply() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.connect(&rig.owner).await?;
        // Less than a token must live to be handed out without a refresh, and more than this test takes.
        let soon = rig.raw.clock().await? + 29_000;
        rig.raw.run(&format!("UPDATE user_integrations SET access_expires_ms = {soon}")).await?;
        rig.mock.clear_requests();
        rig.mock.fault(Endpoint::Token, Fault::DropAfterProcessing).once();

        let (losing, mut halt) = rig.host_standing(Step::Sending).await?;
        let losing = tokio::spawn(async move { ask(&losing, "u1", 1).await });
        halt.until_reached().await;
        let waiting = rig.host().await?;
        let waiting = tokio::spawn(async move { ask(&waiting, "u1", 5).await });
        // Time enough to find the row leased, and to wait for it; nothing fails where it was not.
        SystemClock::new().sleep(Duration::from_millis(500)).await;
        halt.release();
        ensure_served(&rig, &losing.await??)?;
        ensure_served(&rig, &waiting.await??)?;
        rig.lapse().await?;
        ensure_served(&rig, &ask(&rig.host().await?, "u1", 5).await?)?;
        ensure!(rig.refreshes() == 1, "a replay could have ended the grant while its token lived");
        ensure!(rig.mock.reuses() == 0);
        rig.ensure_never_dead().await
    })
    .await
}

/// With the token that lives, and without waiting for its end.
fn ensure_served(rig: &Rig, answers: &Answers) -> anyhow::Result<()> {
    ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
    ensure!(answers.tokens.iter().all(|token| rig.mock.is_live(token)), "a dead token was handed out");
    ensure!(answers.took_ms < 12_000, "it took {} ms", answers.took_ms);
    Ok(())
}
