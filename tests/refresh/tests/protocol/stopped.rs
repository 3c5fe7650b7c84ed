//! A holder that sleeps past its lease, and wakes when another has refreshed.
//!
//! What holds where a second use of a refresh token ends the grant: a holder that wakes *before* the last look at the time
//! sends nothing. One that sleeps between that look and its socket, or between the answer and the write, has used the
//! token, and so will the next holder: such a grant is lost to the pause and no protocol keeps it. There only this holds,
//! and is tested with providers that take a replay: nothing newer is overwritten, and no living grant is declared dead.

use anyhow::ensure;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use refresh_tests::{Orders, Pace, Replay, Step};
use test_support::TestDatabase;

use crate::{
    process::Process,
    rig::{Rig, on_each_at_once},
};

/// A rig with a holder that stands at this step and does not run.
async fn asleep(
    database: &TestDatabase,
    replay: Replay,
    pace: Pace,
    step: Step,
) -> anyhow::Result<(Rig, Process)> {
    let mut rig = Rig::new(database, replay).await?;
    rig.orders.pace = pace;
    rig.expired().await?;
    let mut sleeper = Process::start(&Orders { stand: Some(step), ..rig.orders.clone() }).await?;
    sleeper.begin_ask("u1", 3).await?;
    sleeper.until_standing().await?;
    sleeper.signal("STOP").await?;
    Ok((rig, sleeper))
}

/// Wakes it, and all its callers get this token.
async fn ensure_it_wakes_with(sleeper: &mut Process, token: &str) -> anyhow::Result<()> {
    sleeper.go_on().await?;
    sleeper.signal("CONT").await?;
    let answers = sleeper.answers(1).await?;
    ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
    ensure!(answers.tokens == [token; 3], "the sleeper has a token of its own");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_slept_past_its_lease_sends_nothing() -> anyhow::Result<()> {
    on_each_at_once(&[Step::Leased, Step::Confirmed], async |database, step| {
        let (rig, mut sleeper) = asleep(database, Replay::Strict, Pace::Short, step).await?;
        let until = rig.column("lease_until_ms").await?;
        let token = Process::start(&rig.orders).await?.token("u1").await?;
        ensure!(rig.raw.clock().await? >= until, "somebody refreshed under a lease that was held");
        ensure_it_wakes_with(&mut sleeper, &token).await?;
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.reuses() == 0);
        ensure!(rig.mock.is_live(&token));
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_slept_over_its_write_overwrites_nothing_newer() -> anyhow::Result<()> {
    on_each_at_once(&[Replay::Static, Replay::Grace], async |database, replay| {
        let (rig, mut sleeper) = asleep(database, replay, Pace::Short, Step::Saving).await?;
        let until = rig.column("lease_until_ms").await?;
        let mut other = Process::start(&rig.orders).await?;
        let token = other.token("u1").await?;
        ensure!(rig.raw.clock().await? >= until, "somebody refreshed under a lease that was held");
        let newest = rig.column("secret_epoch").await?;
        ensure_it_wakes_with(&mut sleeper, &token).await?;
        ensure!(rig.column("secret_epoch").await? == newest, "something older was written");
        ensure!(other.token("u1").await? == token);
        ensure!(rig.mock.is_live(&token));
        ensure!((rig.refreshes(), rig.mock.max_in_flight("/token")) == (2, 1));
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sleeper_that_is_answered_invalid_grant_declares_no_living_grant_dead() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| {
        // Past the last look at the time, and with time enough for its answer: the lease ends by the database's clock.
        let (rig, mut sleeper) = asleep(database, Replay::Strict, Pace::Default, Step::Sending).await?;
        rig.lapse().await?;
        let token = Process::start(&rig.orders).await?.token("u1").await?;
        // A provider that refuses the old token and leaves the new one alive.
        rig.mock.fault(Endpoint::Token, Fault::Error("invalid_grant".to_owned())).once();
        ensure_it_wakes_with(&mut sleeper, &token).await?;
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.is_live(&token));
        rig.ensure_never_dead().await
    })
    .await
}
