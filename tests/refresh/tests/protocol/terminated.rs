//! A process that is told to end.

use std::time::Duration;

use anyhow::ensure;
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use refresh_tests::{Orders, Replay};
use test_support::{Engine, each_of};

use crate::{process::Process, rig::Rig};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_told_to_end_saves_its_refresh_first() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let gate = Gate::new();
        rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
        let mut ending = Process::start(&Orders { background: true, ..rig.orders.clone() }).await?;
        ending.begin_ask("u1", 3).await?;
        gate.until_waiting(1).await;

        ending.terminate().await?;
        ensure!(ending.lives_for(Duration::from_millis(500)).await, "it did not wait for its refresh");
        gate.open();
        let (drained, status) = ending.end().await?;
        ensure!(drained && status.success(), "drained: {drained}, {status}");

        let token = Process::start(&rig.orders).await?.token("u1").await?;
        ensure!(rig.mock.is_live(&token));
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        Ok(())
    })
    .await
}
