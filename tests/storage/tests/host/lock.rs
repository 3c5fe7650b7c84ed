//! Somebody else holds a lock on what is to be written.

use std::time::Duration;

use anyhow::ensure;
use bailee_core::{ErrorKind, ExposeSecret as _};
use bailee_engine::{ConnectOptions, Disconnected, Error, Timings, TokenError};
use bailee_storage::SqlStore;
use bailee_testkit::mock_provider::Endpoint;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use test_support::{Engine, TestDatabase, each_of};

use crate::rig::{Rig, on, pool_with, process, timings};

/// One connection to the file that takes its lock.
async fn other(database: &TestDatabase) -> anyhow::Result<sqlx::SqlitePool> {
    let options: SqliteConnectOptions = database.url().parse()?;
    Ok(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?)
}

/// A store that waits so long for a lock.
async fn waiting(database: &TestDatabase, busy_timeout: Duration) -> anyhow::Result<SqlStore> {
    // Makes the tables and write-ahead logging.
    database.store().await?.close().await;
    let options = database.url().parse::<SqliteConnectOptions>()?.busy_timeout(busy_timeout);
    Ok(SqlStore::from_pool(SqlitePoolOptions::new().connect_with(options).await?))
}

/// The one test that waits as long as a host would: the store waits five seconds for a lock, twice.
#[tokio::test]
async fn a_file_that_is_locked_for_ten_seconds_loses_no_token() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let mut rig = Rig::over(database.store().await?, database).await?;
        rig.bailee = process(database.store().await?, &rig.keys, &rig.mock, Timings::default())?;
        rig.expired().await?;
        let other = other(database).await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        on(&other, "BEGIN EXCLUSIVE").await?;
        gate.open();

        let served = caller.await??;
        ensure!(rig.mock.is_live(served.token().expose_secret()), "from memory");
        ensure!(rig.epoch().await? == 1, "the file took no write");
        let again = rig.token().await?;
        ensure!(
            again.token().expose_secret() == served.token().expose_secret(),
            "nobody waits for the write"
        );

        on(&other, "COMMIT").await?;
        rig.until_written(2).await?;
        ensure!(rig.token().await?.token().expose_secret() == served.token().expose_secret());
        ensure!(rig.refreshes() == 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_fresh_token_is_read_while_the_file_is_locked_and_an_expired_one_waits_for_it() -> anyhow::Result<()>
{
    each_of(&[Engine::SqliteFile], async |database| {
        let mut rig = Rig::over(waiting(database, Duration::from_millis(200)).await?, database).await?;
        rig.bailee = process(
            waiting(database, Duration::from_millis(200)).await?,
            &rig.keys,
            &rig.mock,
            timings().with_request(Duration::from_secs(1)).with_wait(Duration::from_secs(2)),
        )?;
        rig.connect().await?;
        let other = other(database).await?;
        on(&other, "BEGIN EXCLUSIVE").await?;
        let fresh = rig.token().await?;
        ensure!(rig.mock.is_live(fresh.token().expose_secret()), "readers do not wait for a writer");
        on(&other, "COMMIT").await?;

        rig.expire().await?;
        on(&other, "BEGIN EXCLUSIVE").await?;
        let refused = rig.token().await.map(drop);
        ensure!(matches!(&refused, Err(error) if error.is_temporary()), "{refused:?}");
        ensure!(rig.mock.requests().is_empty(), "without a lease nothing is sent");
        on(&other, "COMMIT").await?;
        rig.token().await?;
        ensure!(rig.refreshes() == 1);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_callback_that_meets_a_locked_file_uses_nothing_up_and_can_be_repeated() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let rig = Rig::over(waiting(database, Duration::from_millis(200)).await?, database).await?;
        let back = rig.consented().await?;
        let other = other(database).await?;
        on(&other, "BEGIN EXCLUSIVE").await?;
        let refused = rig.arrive(&back).await.map(drop);
        ensure!(matches!(&refused, Err(error @ Error::Store(_)) if error.is_temporary()), "{refused:?}");
        ensure!(rig.mock.count("/token", None) == 0, "the code was not used");
        let unlinked =
            rig.bailee.connect(&rig.owner, ConnectOptions::with_nonce("google", rig.bailee.nonce()?)).await;
        ensure!(matches!(&unlinked, Err(error) if error.kind() == ErrorKind::Unavailable));
        on(&other, "COMMIT").await?;
        rig.arrive(&back).await?;
        rig.token().await?;
        Ok(())
    })
    .await
}

/// The store may have written the row before it fell silent: a revocation would then end a grant that is in use. So the
/// grant is left alone, and ends with the next disconnect of the account.
#[tokio::test]
async fn a_grant_that_meets_a_locked_file_is_a_typed_error_and_ends_with_the_account() -> anyhow::Result<()> {
    each_of(&[Engine::SqliteFile], async |database| {
        let rig = Rig::over(waiting(database, Duration::from_millis(200)).await?, database).await?;
        let back = rig.consented().await?;
        let gate = rig.held_answer();
        let other = other(database).await?;
        let (refused, ()) = tokio::join!(rig.arrive(&back), async {
            gate.until_waiting(1).await;
            on(&other, "BEGIN EXCLUSIVE").await.unwrap();
            gate.open();
        });
        let refused = refused.map(drop);
        ensure!(matches!(&refused, Err(error @ Error::Store(_)) if error.is_temporary()), "{refused:?}");
        on(&other, "COMMIT").await?;
        ensure!(rig.raw.count("SELECT COUNT(*) FROM user_integrations").await? == 0, "nothing half-written");
        ensure!(rig.token().await.err() == Some(TokenError::NotConnected));
        ensure!(rig.mock.count_of(Endpoint::Revoke) == 0 && rig.mock.live_grants() == 1);

        let integration = rig.connect().await?;
        rig.token().await?;
        ensure!(rig.bailee.disconnect(&rig.owner, integration.id).await? == Disconnected::Revoked);
        ensure!(rig.mock.live_grants() == 0, "the left one ends with the account's");
        Ok(())
    })
    .await
}

/// Held by a transaction of somebody else until it is dropped.
pub(crate) struct Held(Transaction);

enum Transaction {
    MySql(sqlx::Transaction<'static, sqlx::MySql>),
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

impl Held {
    pub(crate) async fn begin(database: &TestDatabase, statements: &[&'static str]) -> anyhow::Result<Self> {
        let mut held = Self(match database.engine() {
            Engine::MySql => {
                Transaction::MySql(sqlx::MySqlPool::connect(database.url()).await?.begin().await?)
            }
            _ => Transaction::Postgres(sqlx::PgPool::connect(database.url()).await?.begin().await?),
        });
        for sql in statements {
            held.run(sql).await?;
        }
        Ok(held)
    }

    async fn run(&mut self, sql: &'static str) -> anyhow::Result<()> {
        match &mut self.0 {
            Transaction::MySql(transaction) => {
                sqlx::query(sql).execute(&mut **transaction).await?;
            }
            Transaction::Postgres(transaction) => {
                sqlx::query(sql).execute(&mut **transaction).await?;
            }
        }
        Ok(())
    }

    pub(crate) async fn end(self) -> anyhow::Result<()> {
        match self.0 {
            Transaction::MySql(transaction) => transaction.commit().await?,
            Transaction::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

pub(crate) const ROWS: &str = "SELECT id FROM user_integrations FOR UPDATE";

const SERVERS: [Engine; 2] = [Engine::Postgres, Engine::MySql];

async fn with_short_lock_waits(database: &TestDatabase) -> anyhow::Result<SqlStore> {
    database.store().await?.close().await;
    let first = if database.engine() == Engine::MySql {
        "SET SESSION innodb_lock_wait_timeout = 1"
    } else {
        "SET lock_timeout = '200ms'"
    };
    Ok(SqlStore::from_pool(pool_with(database, first).await?))
}

#[tokio::test]
async fn a_disconnect_that_meets_a_locked_row_changes_nothing_and_can_be_repeated() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        let rig = Rig::over(with_short_lock_waits(database).await?, database).await?;
        let integration = rig.connect().await?;
        let held = Held::begin(database, &[ROWS]).await?;
        let refused = rig.bailee.disconnect(&rig.owner, integration.id).await;
        ensure!(matches!(&refused, Err(error @ Error::Store(_)) if error.is_temporary()), "{refused:?}");
        ensure!(rig.raw.count("SELECT COUNT(*) FROM outbox").await? == 0);
        ensure!(rig.mock.count_of(Endpoint::Revoke) == 0);
        ensure!(rig.only().await? == integration, "nothing half-written");
        rig.token().await?;
        held.end().await?;
        ensure!(rig.bailee.disconnect(&rig.owner, integration.id).await? == Disconnected::Revoked);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_refresh_that_meets_a_locked_row_serves_its_token_and_writes_it_later() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        let rig = Rig::over(with_short_lock_waits(database).await?, database).await?;
        rig.expired().await?;
        let (gate, caller) = rig.refresh_in_flight().await?;
        let held = Held::begin(database, &[ROWS]).await?;
        gate.open();
        let served = caller.await??;
        ensure!(rig.mock.is_live(served.token().expose_secret()) && rig.epoch().await? == 1);
        held.end().await?;
        rig.until_written(2).await?;
        ensure!(rig.token().await?.token().expose_secret() == served.token().expose_secret());
        ensure!(rig.refreshes() == 1);
        Ok(())
    })
    .await
}

/// The oldest of a user's flows gives way to a sixth in the transaction that counted up first: somebody who holds them
/// the other way round makes a deadlock of it.
#[tokio::test]
async fn the_victim_of_a_deadlock_tries_again() -> anyhow::Result<()> {
    each_of(&SERVERS, async |database| {
        let rig = Rig::over(database.store().await?, database).await?;
        for _ in 0..5 {
            rig.consented().await?;
        }
        // The heavier transaction is spared by MySQL, and on PostgreSQL the one that began to wait later.
        rig.raw.run("CREATE TABLE weight (value INT)").await?;
        let mut held = Held::begin(
            database,
            &[
                "INSERT INTO weight SELECT number FROM oauth_flows",
                "INSERT INTO weight SELECT a.value FROM weight a, weight b, weight c",
                "SELECT id FROM oauth_flows FOR UPDATE",
            ],
        )
        .await?;
        let sixth = tokio::spawn({
            let (bailee, owner) = (rig.bailee.clone(), rig.owner.clone());
            async move {
                let request = ConnectOptions::with_nonce("google", bailee.nonce()?);
                bailee.connect(&owner, request).await
            }
        });
        rig.until(waiting_for_locks(database), 1).await?;
        held.run("UPDATE bailee_counters SET value = value + 100").await?;
        held.end().await?;
        let link = crate::rig::within(sixth).await???;
        ensure!(rig.raw.count("SELECT COUNT(*) FROM oauth_flows").await? == 5, "nothing half-written");
        let value = rig.raw.count("SELECT value FROM bailee_counters").await?;
        ensure!(value == 106, "undone and counted again: {value}");
        rig.mock.approve(&link.url)?;
        Ok(())
    })
    .await
}

pub(crate) fn waiting_for_locks(database: &TestDatabase) -> &'static str {
    if database.engine() == Engine::MySql {
        // What takes no time at all otherwise.
        "SELECT COUNT(*) FROM information_schema.processlist \
         WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command <> 'Sleep'"
    } else {
        "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
         AND application_name = current_setting('application_name')"
    }
}
