//! Clocks that are wrong, and a database whose clock steps.
//!
//! A step of the database's clock cannot be had in a test; moving every moment of a row the other way is the same to all who
//! read it.

use anyhow::ensure;
use futures_util::future::try_join_all;
use refresh_tests::{Orders, Pace, Replay, ask};
use test_support::{Engine, each_of};

use crate::{process::Process, rig::Rig};

/// What the mock says of an access token.
const LIFETIME_MS: i64 = 3_599_000;

const TEN_MINUTES_MS: i64 = 600_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_whose_clocks_are_two_hours_apart_refresh_once_and_agree() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let mut processes = try_join_all([60, -60, 60, -60].map(async |clock_ahead_minutes| {
            Process::start(&Orders { clock_ahead_minutes, ..rig.orders.clone() }).await
        }))
        .await?;
        let before = rig.raw.clock().await?;
        for turn in 0..2 {
            let answers = try_join_all(processes.iter_mut().map(|process| process.ask("u1", 10))).await?;
            for one in &answers {
                ensure!(one.failures.is_empty(), "{:?}", one.failures);
                ensure!(one.tokens.iter().all(|token| rig.mock.is_live(token)));
            }
            ensure!(rig.refreshes() == 1, "{} refreshes in turn {turn}", rig.refreshes());
        }
        let (expires, after) = (rig.column("access_expires_ms").await?, rig.raw.clock().await?);
        let right = before + LIFETIME_MS - 5..=after + LIFETIME_MS;
        ensure!(right.contains(&expires), "{expires} is not in {right:?}: some other clock was asked");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_a_step_of_the_clock_left_far_ahead_holds_nobody_up() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::new(database, Replay::Strict).await?;
        rig.orders.pace = Pace::Short;
        rig.expired().await?;
        for (ahead, waited_for) in [(TEN_MINUTES_MS, false), (1_500, true)] {
            let until = rig.raw.clock().await? + ahead;
            rig.raw
                .run(&format!(
                    "UPDATE user_integrations SET lease_epoch = lease_epoch + 1, lease_until_ms = {until}"
                ))
                .await?;
            let answers = ask(&rig.host().await?, "u1", 5).await?;
            ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
            ensure!(answers.tokens.iter().all(|token| rig.mock.is_live(token)));
            ensure!((rig.raw.clock().await? >= until) == waited_for, "a lease of {ahead} ms");
            rig.expire().await?;
        }
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.reuses() == 0);
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_of_the_databases_clock_moves_an_expiry_by_itself_and_no_further() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        let connected = rig.connect(&rig.owner).await?;
        let expires = rig.column("access_expires_ms").await?;
        rig.mock.clear_requests();
        let host = rig.host().await?;
        // Back, and ahead to where it was and beyond: the token is the same, and so is the moment of its end.
        for step in [TEN_MINUTES_MS, -TEN_MINUTES_MS, -TEN_MINUTES_MS] {
            rig.raw
                .run(&format!(
                    "UPDATE user_integrations SET created_ms = created_ms + {step}, \
                     updated_ms = updated_ms + {step}, access_expires_ms = access_expires_ms + {step}"
                ))
                .await?;
            let live = host.token(&rig.owner, "google").await?;
            let moved = rig.column("access_expires_ms").await?;
            ensure!(live.expires_at().map(|at| at.timestamp_millis()) == Some(moved));
            ensure!((moved - expires).abs() <= TEN_MINUTES_MS);
        }
        ensure!(rig.refreshes() == 0, "a token that lives was refreshed");
        // An hour ahead in all, and it has expired: one refresh, counted from the new time.
        rig.raw.run("UPDATE user_integrations SET access_expires_ms = access_expires_ms - 3000000").await?;
        let before = rig.raw.clock().await?;
        let answers = ask(&host, "u1", 5).await?;
        ensure!(answers.tokens.iter().all(|token| rig.mock.is_live(token)), "{answers:?}");
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        let renewed = rig.column("access_expires_ms").await?;
        let right = before + LIFETIME_MS - 5..=rig.raw.clock().await? + LIFETIME_MS;
        ensure!(right.contains(&renewed), "{renewed} is not in {right:?}");
        ensure!(connected.version == 1);
        rig.ensure_never_dead().await
    })
    .await
}
