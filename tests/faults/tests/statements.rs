//! Every flow, on every engine, with each of its statements failing once before and once after its commit.

use test_support::Engine;

use crate::{flow::every_fault, ground::Ground};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_that_fails_loses_anything_in_memory() -> anyhow::Result<()> {
    every_fault(&mut Ground::memory()?).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_that_fails_loses_anything_on_sqlite() -> anyhow::Result<()> {
    on(Engine::SqliteFile).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_that_fails_loses_anything_on_postgresql() -> anyhow::Result<()> {
    on(Engine::Postgres).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_that_fails_loses_anything_on_mariadb() -> anyhow::Result<()> {
    on(Engine::MySql).await
}

async fn on(engine: Engine) -> anyhow::Result<()> {
    match engine.fresh().await? {
        Some(database) => every_fault(&mut Ground::on(&database).await?).await,
        None => Ok(()),
    }
}
