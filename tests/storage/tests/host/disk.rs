//! A SQLite file that takes no more.

use anyhow::ensure;
use bailee_core::{ExposeSecret as _, StoreError};
use bailee_engine::{Error, TokenError};
use bailee_storage::{OpenError, SqlStore};
use bailee_testkit::mock_provider::{Endpoint, Fault};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use test_support::{Engine, TestDatabase, each_of};

use crate::rig::{Rig, file, in_time, on, process, timings};

/// SQLite's word for a full disk.
const FULL: &str = "13";

/// A store on one connection, on which the test can say how large the file may grow.
async fn limited(database: &TestDatabase) -> anyhow::Result<(SqlStore, sqlx::SqlitePool)> {
    database.store().await?.close().await;
    let options: SqliteConnectOptions = database.url().parse()?;
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    Ok((SqlStore::from_pool(pool.clone()), pool))
}

/// The file may not grow, as on a full disk.
async fn fill(pool: &sqlx::SqlitePool) -> anyhow::Result<()> {
    // Below what there is, the limit is what there is.
    on(pool, "PRAGMA max_page_count = 1").await
}

async fn make_room(pool: &sqlx::SqlitePool) -> anyhow::Result<()> {
    on(pool, "PRAGMA max_page_count = 1000000").await
}

/// A token that needs more room than the row had.
fn large_token() -> String {
    format!("large-{}", "a".repeat(16_000))
}

#[tokio::test]
async fn a_refresh_on_a_full_disk_serves_its_token_and_writes_it_when_there_is_room() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let (store, pool) = limited(database).await?;
        let rig = Rig::over(store, database).await?;
        rig.expired().await?;
        rig.mock.fault(Endpoint::Token, Fault::AccessToken(large_token())).once();
        fill(&pool).await?;
        for _ in 0..2 {
            ensure!(rig.token().await?.token().expose_secret() == large_token(), "from memory");
        }
        ensure!(rig.epoch().await? == 1, "the disk is full");
        make_room(&pool).await?;
        rig.until_written(2).await?;
        ensure!(rig.token().await?.token().expose_secret() == large_token());
        ensure!(rig.refreshes() == 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_token_that_could_not_be_written_is_not_served_beyond_its_end() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let (store, pool) = limited(database).await?;
        let rig = Rig::over(store, database).await?;
        rig.expired().await?;
        rig.mock.set_expires_in(2);
        rig.mock.fault(Endpoint::Token, Fault::AccessToken(large_token())).once();
        fill(&pool).await?;
        let live = rig.token().await?;
        let expires = live.expires_at().ok_or_else(|| anyhow::anyhow!("it expires"))?.timestamp_millis();
        let over = format!("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) > {expires}");
        rig.until(&over, 1).await?;
        let refused = rig.token().await;
        ensure!(matches!(&refused, Err(error) if error.is_temporary()), "{refused:?}");
        make_room(&pool).await?;
        rig.until_written(2).await?;
        rig.token().await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_connect_on_a_full_disk_is_a_typed_error_and_leaves_no_grant_behind() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let (store, pool) = limited(database).await?;
        let rig = Rig::over(store, database).await?;
        let back = rig.consented().await?;
        rig.mock.fault(Endpoint::Token, Fault::AccessToken(large_token())).once();
        fill(&pool).await?;
        let refused = rig.arrive(&back).await.map(drop);
        let full = StoreError::Backend { code: FULL.to_owned() };
        ensure!(refused == Err(Error::Store(full)), "{refused:?}");
        ensure!(rig.token().await.err() == Some(TokenError::NotConnected));
        ensure!(rig.mock.live_grants() == 0, "given back");
        make_room(&pool).await?;
        rig.connect().await?;
        rig.token().await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_file_that_is_only_read_serves_what_is_fresh_and_refuses_the_rest_by_name() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let mut rig = Rig::over(database.store().await?, database).await?;
        let integration = rig.connect().await?;
        let url = format!("{}?mode=ro", database.url());
        let store = SqlStore::open(&url).await?;
        store.migrate().await?;
        let short = timings()
            .with_request(std::time::Duration::from_secs(1))
            .with_wait(std::time::Duration::from_secs(2));
        let writing = std::mem::replace(&mut rig.bailee, process(store, &rig.keys, &rig.mock, short)?);

        rig.token().await?;
        ensure!(rig.only().await? == integration);
        let read_only = Error::Store(StoreError::Backend { code: "8".to_owned() });
        let refused = in_time(rig.bailee.disconnect(&rig.owner, integration.id)).await;
        ensure!(refused == Err(read_only.clone()), "{refused:?}");
        let refused = in_time(rig.consented()).await.map(drop);
        let refused = refused.map_err(|error| error.downcast_ref::<Error>().cloned());
        ensure!(refused == Err(Some(read_only)), "{refused:?}");

        rig.expire().await?;
        let refused = rig.token().await.map(drop);
        ensure!(matches!(&refused, Err(error) if error.is_temporary()), "{refused:?}");
        ensure!(rig.mock.requests().is_empty(), "nothing is sent that could not be written");
        in_time(writing.token(&rig.owner, "google")).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_place_that_is_only_read_is_refused_at_the_start() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let missing = SqlStore::open(&format!("{}?mode=ro", database.url())).await.map(drop);
        ensure!(missing == Err(OpenError::Refused { code: "14".to_owned() }), "{missing:?}");
        ensure!(!file(database).exists(), "nothing was made");

        // A file without our tables.
        std::fs::write(file(database), b"")?;
        let outcome = match SqlStore::open(&format!("{}?mode=ro", database.url())).await {
            Ok(store) => store.migrate().await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        ensure!(outcome.as_ref().is_err_and(|error| error.contains("(8)")), "{outcome:?}");
        Ok(())
    })
    .await
}
