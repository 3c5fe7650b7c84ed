//! A server that keeps its connections open and answers nothing.

use std::time::Duration;

use anyhow::ensure;
use bailee_core::{ErrorKind, ExposeSecret as _, IntegrationStore as _, Status, store::Verdict};
use bailee_engine::{ConnectOptions, Error, HealthReason, HealthStatus, TokenError};
use bailee_storage::{SqlOptions, SqlStore};
use futures_util::future::join_all;
use test_support::{Engine, Proxy, each_of};

use crate::{
    lock::{Held, ROWS, waiting_for_locks},
    rig::{Rig, impatient, in_time},
};

const SERVERS: [Engine; 2] = [Engine::Postgres, Engine::MySql];

fn store_options() -> SqlOptions {
    impatient().with_statement_timeout(Duration::from_secs(1))
}

#[tokio::test]
async fn a_server_that_falls_silent_holds_up_nobody_and_is_used_again_when_it_speaks() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        database.store().await?;
        let proxy = Proxy::before(database).await?;
        let store = SqlStore::open_with(proxy.url(), store_options()).await?;
        let rig = Rig::over(store, database).await?;
        let integration = rig.connect().await?;

        proxy.stall();
        // More callers than there are connections, in several rounds.
        for _ in 0..2 {
            let callers = (0..10).map(|_| rig.token());
            for refused in join_all(callers).await {
                let refused = refused.map(drop);
                ensure!(
                    matches!(&refused, Err(error @ TokenError::Store(_)) if error.is_temporary()),
                    "{refused:?}"
                );
            }
        }
        let request = ConnectOptions::with_nonce("google", rig.bailee.nonce()?);
        let refused = in_time(rig.bailee.connect(&rig.owner, request)).await.map(drop);
        ensure!(matches!(&refused, Err(error) if error.kind() == ErrorKind::Unavailable), "{refused:?}");
        let health = in_time(rig.bailee.health()).await;
        ensure!(health.status == HealthStatus::Failing, "{health:?}");
        ensure!(health.reasons == [HealthReason::DatabaseUnavailable], "{health:?}");
        let refused = in_time(rig.bailee.disconnect(&rig.owner, integration.id)).await;
        ensure!(matches!(&refused, Err(error @ Error::Store(_)) if error.is_temporary()), "{refused:?}");

        proxy.mend().await?;
        let live = rig.token().await?;
        ensure!(rig.mock.is_live(live.token().expose_secret()));
        ensure!(rig.only().await? == integration);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_refresh_whose_server_falls_silent_serves_its_token_and_writes_it_later() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        database.store().await?;
        let proxy = Proxy::before(database).await?;
        let store = SqlStore::open_with(proxy.url(), store_options()).await?;
        let rig = Rig::over(store, database).await?;
        rig.expired().await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        proxy.stall();
        gate.open();
        let served = caller.await??;
        ensure!(rig.mock.is_live(served.token().expose_secret()) && rig.epoch().await? == 1);
        let health = in_time(rig.bailee.health()).await;
        ensure!(health.unpersisted_tokens == 1, "{health:?}");
        ensure!(health.reasons.contains(&HealthReason::TokensUnpersisted), "{health:?}");
        proxy.mend().await?;
        rig.until_written(2).await?;
        ensure!(rig.token().await?.token().expose_secret() == served.token().expose_secret());
        ensure!(rig.refreshes() == 1);
        Ok(())
    })
    .await
}

/// A connection that is asked once more when it comes back to the pool, as every one is, and gets no answer.
#[tokio::test]
async fn a_connection_that_falls_silent_on_its_way_back_makes_room_for_another() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        database.store().await?;
        let proxy = Proxy::before(database).await?;
        let store = SqlStore::open_with(proxy.url(), only_one(Duration::from_secs(1))).await?;
        let rig = Rig::over(store, database).await?;
        rig.connect().await?;
        rig.token().await?;
        // On this one thread, its connection is on its way back now.
        proxy.forget();
        rig.token().await?;
        Ok(())
    })
    .await
}

/// Callers hang up, as browsers do, while the server owes them an answer.
#[tokio::test]
async fn a_caller_that_hangs_up_on_a_silent_server_takes_no_connection_along() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        database.store().await?;
        let proxy = Proxy::before(database).await?;
        // So long that nothing but the hanging up can close the connection.
        let store = SqlStore::open_with(proxy.url(), only_one(Duration::from_mins(5))).await?;
        let rig = Rig::over(store.clone(), database).await?;
        let row = rig.connect().await?;
        let held = Held::begin(database, &[ROWS]).await?;
        let verdict = Verdict { status: Status::Valid, reason: None, secret_epoch: 1 };
        let caller = tokio::spawn(async move { store.set_status(&row.owner, row.id, verdict, None).await });
        rig.until(waiting_for_locks(database), 1).await?;
        proxy.forget();
        caller.abort();
        ensure!(caller.await.is_err_and(|error| error.is_cancelled()));
        rig.token().await?;
        drop(held);
        Ok(())
    })
    .await
}

/// One connection, which a caller waits for longer than it takes to close another.
fn only_one(statement_timeout: Duration) -> SqlOptions {
    SqlOptions::default()
        .with_max_connections(1)
        .with_acquire_timeout(Duration::from_secs(20))
        .with_statement_timeout(statement_timeout)
}
