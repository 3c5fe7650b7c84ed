//! A process that is told to end while it refreshes.

use std::time::Duration;

use anyhow::ensure;
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use process_tests::{Pace, Replay};
use test_support::{Engine, each_of};

use crate::{
    process::Process,
    rig::{Rig, USER, until_held},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_told_to_end_writes_what_its_refresh_brings_first() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::new(database, Replay::Strict, Pace::Default).await?;
        rig.orders.background = true;
        let gate = Gate::new();
        rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
        let mut process = Process::start(&rig).await?;
        process.begin_ask(USER, 1).await?;
        until_held(&gate).await?;

        process.terminate().await?;
        ensure!(process.lives_for(Duration::from_millis(500)).await, "it left a refresh behind");
        gate.open();
        let (drained, status) = process.end().await?;
        ensure!(drained && status.success(), "drained: {drained}, {status}");

        let (secret, lease) = (rig.column("secret_epoch").await?, rig.column("lease_until_ms").await?);
        ensure!((secret, lease) == (2, 0), "epoch {secret}, leased until {lease}");
        rig.next_token().await?;
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.reuses() == 0);
        Ok(())
    })
    .await
}
