//! What a host learns of the health of its database.

use anyhow::ensure;
use bailee_engine::{HealthReason, HealthStatus};
use bailee_storage::SqlStore;
use bailee_testkit::MockGoogle;
use test_support::{each_engine, key_ring};

use crate::rig::{Rig, process, timings};

#[tokio::test]
async fn a_host_without_its_tables_can_do_nothing_and_says_what_to_do() -> anyhow::Result<()> {
    each_engine(async |database| {
        let store = SqlStore::open(database.url()).await?;
        let bailee = process(store, &key_ring()?, &MockGoogle::start().await?, timings())?;
        let health = bailee.health().await;
        ensure!(health.status == HealthStatus::Failing, "{health:?}");
        ensure!(health.reasons == [HealthReason::SchemaOutdated], "{health:?}");
        ensure!(health.database.answers && health.database.schema_is_current == Some(false), "{health:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_host_over_a_database_that_answers_is_well() -> anyhow::Result<()> {
    each_engine(async |database| {
        let rig = Rig::over(database.store().await?, database).await?;
        rig.connect().await?;
        let health = rig.bailee.health().await;
        ensure!(health.status == HealthStatus::Healthy, "{health:?}");
        ensure!(health.keys.opened == 1 && health.outbox.is_some(), "{health:?}");
        Ok(())
    })
    .await
}
