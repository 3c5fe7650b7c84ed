//! A few seconds of what `soak` does for minutes.

use std::{path::PathBuf, time::Duration};

use anyhow::ensure;
use process_tests::Replay;
use soak_tests::{Plan, soak};
use test_support::{Engine, each_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_processes_a_failing_provider_and_changing_keys_lose_nothing() -> anyhow::Result<()> {
    nothing_is_lost(&Plan { calm: false, replay: Replay::Grace, ..plan() }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_is_killed_a_provider_that_forgives_nothing_takes_no_account_away() -> anyhow::Result<()>
{
    nothing_is_lost(&Plan { calm: true, replay: Replay::Strict, ..plan() }).await
}

fn plan() -> Plan {
    Plan {
        worker: PathBuf::from(env!("CARGO_BIN_EXE_soak-worker")),
        processes: 4,
        users: 30,
        duration: Duration::from_secs(12),
        pause: Duration::from_millis(300),
        calm: false,
        replay: Replay::Grace,
        seed: 7,
    }
}

async fn nothing_is_lost(plan: &Plan) -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let report = soak(database, plan).await?;
        report.check()?;
        ensure!(report.lost.is_empty(), "{report}");
        ensure!(report.rotations > 0, "{report}");
        Ok(())
    })
    .await
}
