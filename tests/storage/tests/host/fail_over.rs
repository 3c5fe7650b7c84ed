//! The database goes away in the middle and comes back, sometimes with less than it had.

use anyhow::ensure;
use bailee_core::{ExposeSecret as _, Lifecycle, StatusReason};
use bailee_engine::TokenError;
use bailee_storage::SqlStore;
use bailee_testkit::mock_google::Rotation;
use test_support::{Engine, Proxy, TestDatabase, each_of};

use crate::rig::{Rig, impatient};

const SERVERS: [Engine; 2] = [Engine::Postgres, Engine::MySql];

async fn rig(database: &TestDatabase) -> anyhow::Result<(Rig, Proxy)> {
    database.store().await?;
    let proxy = Proxy::before(database).await?;
    let store = SqlStore::open_with(proxy.url(), impatient()).await?;
    Ok((Rig::over(store, database).await?, proxy))
}

#[tokio::test]
async fn a_fail_over_between_the_answer_and_the_write_loses_no_token() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        let (rig, proxy) = rig(database).await?;
        rig.mock.set_rotation(Rotation::Strict);
        rig.expired().await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        proxy.cut().await;
        gate.open();
        let served = caller.await??;
        ensure!(rig.mock.is_live(served.token().expose_secret()), "from memory");
        // Who asks now cannot be told whether they may: the policy is in the database.
        let refused = rig.token().await.map(drop);
        ensure!(matches!(&refused, Err(error @ TokenError::Store(_)) if error.is_temporary()), "{refused:?}");
        ensure!(rig.epoch().await? == 1, "nothing is written yet");

        proxy.mend().await?;
        rig.until_written(2).await?;
        ensure!(rig.token().await?.token().expose_secret() == served.token().expose_secret());
        ensure!(rig.refreshes() == 1 && rig.mock.reuses() == 0);
        Ok(())
    })
    .await
}

/// The write was carried out and its acknowledgement is lost: it is repeated, finds itself, and is content.
#[tokio::test]
async fn a_write_whose_acknowledgement_is_lost_is_not_taken_for_somebody_elses() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        let (rig, proxy) = rig(database).await?;
        rig.mock.set_rotation(Rotation::Strict);
        rig.expired().await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        let held = crate::lock::Held::begin(database, &[crate::lock::ROWS]).await?;
        gate.open();
        // The write has begun, and waits for the row.
        rig.until(crate::lock::waiting_for_locks(database), 1).await?;
        proxy.lose_replies();
        held.end().await?;
        rig.until("SELECT COUNT(*) FROM user_integrations WHERE secret_epoch = 2", 1).await?;
        proxy.cut().await;
        proxy.mend().await?;

        let served = caller.await??;
        ensure!(rig.token().await?.token().expose_secret() == served.token().expose_secret());
        ensure!(rig.mock.is_live(served.token().expose_secret()), "it was not given back");
        ensure!(rig.epoch().await? == 2 && rig.refreshes() == 1 && rig.mock.reuses() == 0);
        Ok(())
    })
    .await
}

/// A standby that lacks the last commits takes over.
async fn keep(rig: &Rig) -> anyhow::Result<()> {
    rig.raw.run("CREATE TABLE kept AS SELECT * FROM user_integrations").await
}

async fn fall_back(rig: &Rig) -> anyhow::Result<()> {
    rig.raw.run("DELETE FROM user_integrations").await?;
    rig.raw.run("INSERT INTO user_integrations SELECT * FROM kept").await
}

#[tokio::test]
async fn a_fail_over_that_forgets_the_lease_does_not_lose_the_token() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::over(database.store().await?, database).await?;
        rig.mock.set_rotation(Rotation::Strict);
        rig.expired().await?;
        keep(&rig).await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        fall_back(&rig).await?;
        gate.open();
        let served = caller.await??;
        rig.until_written(2).await?;
        ensure!(rig.token().await?.token().expose_secret() == served.token().expose_secret());
        ensure!(rig.refreshes() == 1 && rig.mock.reuses() == 0);
        Ok(())
    })
    .await
}

/// What a fail-over takes back after the acknowledged write is gone: the guide for operators asks for a synchronous
/// standby. A provider that keeps old refresh tokens, or lets them live a while, heals it.
#[tokio::test]
async fn a_fail_over_that_forgets_the_write_heals_where_the_old_refresh_token_lives() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        for rotation in [Rotation::Off, Rotation::Grace(2)] {
            let rig = Rig::over(database.store().await?, database).await?;
            rig.mock.set_rotation(rotation);
            rig.expired().await?;
            rig.raw.run("DROP TABLE IF EXISTS kept").await?;
            keep(&rig).await?;
            rig.token().await?;
            fall_back(&rig).await?;
            let healed = rig.token().await?;
            ensure!(rig.mock.is_live(healed.token().expose_secret()), "{rotation:?}");
            ensure!(rig.only().await?.lifecycle == Lifecycle::Connected, "{rotation:?}");
            ensure!(rig.refreshes() == 2, "{rotation:?}");
            rig.raw.run("DELETE FROM user_integrations").await?;
        }
        Ok(())
    })
    .await
}

/// Where the old one is refused, only the user can mend it; they are told so once, and a reconnect does.
#[tokio::test]
async fn a_fail_over_that_forgets_the_write_needs_a_reconnect_where_it_does_not() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::over(database.store().await?, database).await?;
        rig.mock.set_rotation(Rotation::Strict);
        let integration = rig.expired().await?;
        keep(&rig).await?;
        rig.token().await?;
        fall_back(&rig).await?;
        for _ in 0..2 {
            let refused = rig.token().await.map(drop);
            // Nothing in the row tells that it was newer once.
            let reason = StatusReason::Revoked;
            ensure!(
                refused == Err(TokenError::NeedsReconnect { integration: integration.id, reason }),
                "{refused:?}"
            );
        }
        ensure!(rig.refreshes() == 2, "a dead grant is asked for once");
        ensure!(rig.connect().await?.id == integration.id);
        rig.token().await?;
        Ok(())
    })
    .await
}
