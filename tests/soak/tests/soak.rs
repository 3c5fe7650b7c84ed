//! A few seconds of what `soak` does for minutes.

use std::{path::PathBuf, time::Duration};

use anyhow::ensure;
use process_tests::Replay;
use soak_tests::{Plan, soak};
use test_support::{Engine, each_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_processes_a_failing_provider_and_changing_keys_lose_nothing() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let plan = Plan {
            worker: PathBuf::from(env!("CARGO_BIN_EXE_soak-worker")),
            processes: 4,
            users: 30,
            duration: Duration::from_secs(15),
            pause: Duration::from_millis(300),
            replay: Replay::Grace,
            seed: 7,
        };
        let report = soak(database, &plan).await?;
        report.check()?;
        ensure!(report.lost.is_empty(), "{report}");
        ensure!(report.rotations > 0, "{report}");
        Ok(())
    })
    .await
}
