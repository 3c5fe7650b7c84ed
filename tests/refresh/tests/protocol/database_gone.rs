//! The database goes away between the answer of the provider and the write.

use anyhow::ensure;
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use refresh_tests::{Answers, Replay, ask};
use test_support::{Engine, Proxy, run};
use tokio::task::JoinHandle;

use crate::rig::{Rig, on_these_at_once, until};

/// A caller, whose refresh the provider does not answer before the gate opens.
async fn caller_in_flight(rig: &Rig) -> anyhow::Result<(Gate, JoinHandle<anyhow::Result<Answers>>)> {
    let gate = Gate::new();
    rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
    let host = rig.host().await?;
    let caller = tokio::spawn(async move { ask(&host, "u1", 1).await });
    gate.until_waiting(1).await;
    Ok((gate, caller))
}

/// The caller has the new token, which the row does not have yet.
async fn ensure_from_memory(rig: &Rig, answers: &Answers) -> anyhow::Result<()> {
    ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
    ensure!(answers.tokens.iter().all(|token| rig.mock.is_live(token)), "a dead token was handed out");
    ensure!(rig.column("secret_epoch").await? == 1, "it was written, so the database was not gone");
    Ok(())
}

/// The write was repeated until it landed, and everybody else has the same token.
async fn ensure_landed(rig: &Rig, answers: &Answers) -> anyhow::Result<()> {
    until(async || Ok(rig.column("secret_epoch").await? > 1)).await?;
    let others = ask(&rig.bailee, "u1", 1).await?;
    ensure!(others.tokens == answers.tokens, "{others:?}");
    ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
    ensure!(rig.column("lease_until_ms").await? == 0, "the lease was not given back");
    rig.ensure_never_dead().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_outlives_a_database_that_is_cut_off_before_the_write() -> anyhow::Result<()> {
    on_these_at_once(&[Engine::Postgres, Engine::MySql], &[()], async |database, ()| {
        let mut rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let proxy = Proxy::before(database).await?;
        proxy.url().clone_into(&mut rig.orders.database);
        rig.orders.acquire_seconds = 2;
        let (gate, caller) = caller_in_flight(&rig).await?;
        proxy.cut().await;
        gate.open();
        let answers = caller.await??;
        ensure_from_memory(&rig, &answers).await?;
        proxy.mend().await?;
        ensure_landed(&rig, &answers).await
    })
    .await
}

/// The analogue for a file: another connection has it for itself, for longer than anybody waits for a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_outlives_a_file_that_is_locked_before_the_write() -> anyhow::Result<()> {
    on_these_at_once(&[Engine::SqliteFile], &[()], async |database, ()| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let (gate, caller) = caller_in_flight(&rig).await?;
        let lock = rig.raw.logging_pool().await?;
        run(&lock, "BEGIN EXCLUSIVE").await?;
        gate.open();
        let answers = caller.await??;
        ensure_from_memory(&rig, &answers).await?;
        run(&lock, "ROLLBACK").await?;
        ensure_landed(&rig, &answers).await
    })
    .await
}
