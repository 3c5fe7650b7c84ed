//! Events that a process owed when it was killed.

use anyhow::ensure;
use bailee_core::EventKind;
use process_tests::{Pace, Replay, Step, Telling};

use crate::{
    process::Process,
    rig::{Rig, USER, on_each_at_once},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_committed_is_told_under_one_id_whoever_is_killed_before() -> anyhow::Result<()> {
    on_each_at_once(async |database| {
        let mut rig = Rig::new(database, Replay::Strict, Pace::Short).await?;
        rig.orders.telling = Some(Telling::Hanging);
        rig.orders.stand = Some(Step::Saved);
        let mut process = Process::start(&rig).await?;
        process.begin_ask(USER, 1).await?;
        process.until_standing().await?;
        // Between the commit and whatever comes after it.
        process.kill().await?;
        ensure!(owed(&rig).await? == 1, "what is to be told went with its process");

        rig.orders.stand = None;
        rig.orders.background = true;
        let mut process = Process::start(&rig).await?;
        let first = process.told().await?;
        // Its sink has the event, and nobody knows.
        process.kill().await?;
        ensure!(owed(&rig).await? == 1, "it was not taken");

        rig.orders.telling = Some(Telling::Taking);
        let mut process = Process::start(&rig).await?;
        let second = process.told().await?;
        ensure!(first == second, "{first:?} and then {second:?}");
        ensure!(first.kind == EventKind::Refreshed, "{first:?}");
        let wire = serde_json::to_string(&first)?;
        ensure!(!rig.mock.secrets().iter().any(|secret| wire.contains(secret.as_str())), "a secret was told");
        process.terminate().await?;
        ensure!(process.end().await?.0, "it did not drain");
        ensure!(owed(&rig).await? == 0, "what was taken is owed no more");
        Ok(())
    })
    .await
}

async fn owed(rig: &Rig) -> anyhow::Result<i64> {
    rig.raw.count("SELECT COUNT(*) FROM event_outbox").await
}
