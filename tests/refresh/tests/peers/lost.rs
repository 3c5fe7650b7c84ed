//! A request that was carried out and whose answer never came.

use std::time::Duration;

use anyhow::ensure;
use bailee_core::Clock as _;
use bailee_engine::{SystemClock, Timings};
use bailee_testkit::mock_provider::{Endpoint, Fault};
use process_tests::{Answers, Replay, Step, ask};

use crate::rig::{Rig, USER, on_each_at_once, short};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_is_replayed_once_where_that_is_harmless() -> anyhow::Result<()> {
    on_each_at_once(&[Replay::Static, Replay::Grace], async |database, replay| {
        let (rig, _) = Rig::expired(database, replay, short()).await?;
        rig.mock.fault(Endpoint::Token, Fault::DropAfterProcessing).once();
        let (one, other) = tokio::try_join!(rig.ask(5), rig.ask(5))?;
        rig.ensure_live(&one)?;
        rig.ensure_live(&other)?;
        rig.ensure_refreshes(2)?;
        ensure!(rig.mock.reuses() == 0);
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_reply_is_a_lost_outcome_where_a_replay_ends_the_grant() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| {
        let (rig, _) = Rig::expired(database, Replay::Strict, short()).await?;
        rig.mock.fault(Endpoint::Token, Fault::DropAfterProcessing).once();
        // Callers that came later would wait for the outcome below.
        let answers = rig.ask(1).await?;
        ensure!(answers.failures == [("unavailable".to_owned(), 1)].into(), "{answers:?}");
        rig.ensure_refreshes(1)?;
        let until = rig.column("lease_until_ms").await?;
        ensure!(until > 0, "the lease was given back, and the next host would use the token again");

        for _ in 0..2 {
            let answers = rig.ask(5).await?;
            let lost = [("needs_reconnect: outcome_lost".to_owned(), 5)].into();
            ensure!(answers.failures == lost, "{answers:?}");
        }
        ensure!(rig.raw.clock().await? >= until, "the lease was not waited for");
        ensure!(rig.column("version").await? == 2, "it was declared dead more than once");
        rig.ensure_refreshes(2)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_still_lives_is_served_to_its_end_after_a_lost_reply() -> anyhow::Result<()> {
    let minute = Duration::from_mins(1);
    let timings = Timings::default().with_hard_floor(minute).with_wait(minute);
    on_each_at_once(&[()], async |database, ()| {
        let rig = Rig::new(database, Replay::Strict, timings).await?;
        rig.connect().await?;
        // It lives too short to be handed out without a refresh, and longer than this test takes.
        let expires = rig.raw.clock().await? + 50_000;
        rig.raw.run(&format!("UPDATE user_integrations SET access_expires_ms = {expires}")).await?;
        rig.mock.clear_requests();
        rig.mock.fault(Endpoint::Token, Fault::DropAfterProcessing).once();

        let (losing, halt) = rig.host_standing(Step::Sending).await?;
        let losing = tokio::spawn(async move { ask(&losing, USER, 1).await });
        halt.until_reached().await;
        let waiting = rig.host().await?;
        let waiting = tokio::spawn(async move { ask(&waiting, USER, 5).await });
        // Time enough for the other host to find the lease held and to wait; where it does not, it comes too late to wait.
        SystemClock::new().sleep(Duration::from_millis(500)).await;
        halt.release();
        ensure_served(&rig, &losing.await??)?;
        ensure_served(&rig, &waiting.await??)?;
        rig.lapse().await?;
        ensure_served(&rig, &rig.ask(5).await?)?;
        // A replay could have ended the grant while its token lived.
        rig.ensure_refreshes(1)?;
        ensure!(rig.mock.reuses() == 0);
        rig.ensure_never_dead().await
    })
    .await
}

/// With the token that lives, and without waiting for its end.
fn ensure_served(rig: &Rig<'_>, answers: &Answers) -> anyhow::Result<()> {
    ensure!(answers.took_ms < 20_000, "it took {} ms", answers.took_ms);
    rig.ensure_live(answers)
}
