//! Machines whose clocks are wrong, and a database whose clock steps.
//!
//! A step of the database's clock cannot be had in a test; moving the moments of a row the other way is the same to all who
//! read it.

use std::time::Duration;

use anyhow::ensure;
use async_trait::async_trait;
use bailee_core::Clock;
use bailee_engine::{SystemClock, Timings};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join_all;
use process_tests::{Replay, Stand, ask};
use test_support::{Engine, each_of};

use crate::rig::{Rig, USER, short};

/// What the mock says of an access token.
const LIFETIME_MS: i64 = 3_599_000;

const TEN_MINUTES_MS: i64 = 600_000;

/// The clock of a machine that is set wrong. Its monotonic time is right, as on any machine.
#[derive(Clone, Copy, Debug)]
struct Skewed {
    clock: SystemClock,
    by: TimeDelta,
}

#[async_trait]
impl Clock for Skewed {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now() + self.by
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }
}

/// Between two readings of the database's clock, a new token came; what it has of its expiry is right by that clock.
fn ensure_right(expires: i64, before: i64, after: i64) -> anyhow::Result<()> {
    // The clock is read here in another way than by the store, which may round otherwise.
    let right = before + LIFETIME_MS - 5..=after + LIFETIME_MS;
    ensure!(right.contains(&expires), "{expires} is not in {right:?}: some other clock was asked");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_whose_clocks_are_two_hours_apart_refresh_once_and_agree() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, _) = Rig::expired(database, Replay::Strict, Timings::default()).await?;
        let hosts = try_join_all([1, -1, 1, -1].map(async |hours| {
            let clock = Skewed { clock: SystemClock::new(), by: TimeDelta::hours(hours) };
            anyhow::Ok(rig.builder(Stand::nowhere()).await?.clock(clock).build()?)
        }))
        .await?;
        let before = rig.raw.clock().await?;
        for _ in 0..2 {
            for answers in try_join_all(hosts.iter().map(|host| ask(host, USER, 10))).await? {
                rig.ensure_live(&answers)?;
            }
            rig.ensure_refreshes(1)?;
        }
        ensure_right(rig.column("access_expires_ms").await?, before, rig.raw.clock().await?)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_a_step_of_the_clock_left_far_ahead_holds_nobody_up() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (rig, _) = Rig::expired(database, Replay::Strict, short()).await?;
        for (ahead, waited_for) in [(TEN_MINUTES_MS, false), (1_500, true)] {
            let until = rig.raw.clock().await? + ahead;
            let lease = format!("lease_epoch = lease_epoch + 1, lease_until_ms = {until}");
            rig.raw.run(&format!("UPDATE user_integrations SET {lease}")).await?;
            rig.ensure_live(&rig.ask(5).await?)?;
            ensure!((rig.raw.clock().await? >= until) == waited_for, "a lease of {ahead} ms");
            rig.expire().await?;
        }
        rig.ensure_refreshes(2)?;
        ensure!(rig.mock.reuses() == 0);
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_of_the_databases_clock_moves_an_expiry_by_itself_and_no_further() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict, Timings::default()).await?;
        rig.connect().await?;
        rig.mock.clear_requests();
        let host = rig.host().await?;
        // Back, ahead to where it was, and beyond: the token is the same, and ends when the row says.
        for step in [TEN_MINUTES_MS, -TEN_MINUTES_MS, -TEN_MINUTES_MS] {
            let moved = format!("access_expires_ms = access_expires_ms + {step}");
            rig.raw.run(&format!("UPDATE user_integrations SET {moved}")).await?;
            let live = host.token(&rig.owner, "google").await?;
            let expires = rig.column("access_expires_ms").await?;
            ensure!(live.expires_at().map(|at| at.timestamp_millis()) == Some(expires));
            ensure!(rig.is_live(&live));
        }
        rig.ensure_refreshes(0)?;
        // An hour ahead in all, and it has expired: the next one is counted from the new time.
        rig.raw.run("UPDATE user_integrations SET access_expires_ms = access_expires_ms - 3000000").await?;
        let before = rig.raw.clock().await?;
        rig.ensure_live(&ask(&host, USER, 5).await?)?;
        rig.ensure_refreshes(1)?;
        ensure_right(rig.column("access_expires_ms").await?, before, rig.raw.clock().await?)?;
        rig.ensure_never_dead().await
    })
    .await
}
