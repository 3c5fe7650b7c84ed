use anyhow::Context as _;
use bailee_storage::SqlPool;
use sqlx::{
    AssertSqlSafe, Executor, SqlitePool,
    mysql::{MySqlConnectOptions, MySqlPoolOptions},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};

use crate::{Engine, TestDatabase};

/// Statements on a test database, on a connection of their own.
#[derive(Debug)]
pub struct Raw {
    engine: Engine,
    url: String,
    pool: SqlPool,
}

impl Raw {
    /// Opens it.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn open(database: &TestDatabase) -> anyhow::Result<Self> {
        let (engine, url) = (database.engine(), database.url().to_owned());
        let pool = pool(engine, &url, "SELECT 1").await?;
        Ok(Self { engine, url, pool })
    }

    /// Runs a statement.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn run(&self, sql: &str) -> anyhow::Result<()> {
        run(&self.pool, sql).await
    }

    /// The one number of a query.
    ///
    /// # Errors
    /// When the database refuses it.
    pub async fn count(&self, sql: &str) -> anyhow::Result<i64> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match &self.pool {
            SqlPool::MySql(pool) => sqlx::query_scalar(sql).fetch_one(pool).await?,
            SqlPool::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await?,
            SqlPool::Sqlite(pool) => sqlx::query_scalar(sql).fetch_one(pool).await?,
            _ => anyhow::bail!("an engine that this helper does not know"),
        })
    }

    /// The database's clock in epoch milliseconds, asked otherwise than the store asks.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn clock(&self) -> anyhow::Result<i64> {
        self.count(match self.engine {
            Engine::MySql => "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)",
            Engine::Postgres => {
                "SELECT (extract(epoch from clock_timestamp() at time zone 'UTC') * 1000)::bigint"
            }
            Engine::SqliteFile | Engine::SqliteMemory => {
                "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 \
                 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER)"
            }
        })
        .await
    }

    /// Ends every connection to this database but ours, and returns how many.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn end_other_connections(&self) -> anyhow::Result<usize> {
        match &self.pool {
            SqlPool::MySql(pool) => {
                let mut connection = pool.acquire().await?;
                let ids: Vec<u64> = sqlx::query_scalar(
                    "SELECT CAST(id AS UNSIGNED) FROM information_schema.processlist \
                     WHERE db = DATABASE() AND id <> CONNECTION_ID()",
                )
                .fetch_all(&mut *connection)
                .await?;
                for id in &ids {
                    // One that ended by itself meanwhile is unknown.
                    let _ = connection.execute(AssertSqlSafe(format!("KILL {id}"))).await;
                }
                Ok(ids.len())
            }
            SqlPool::Postgres(pool) => {
                let ended: Vec<bool> = sqlx::query_scalar(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
                     WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()",
                )
                .fetch_all(pool)
                .await?;
                Ok(ended.len())
            }
            _ => anyhow::bail!("SQLite has no connections to end"),
        }
    }

    /// A pool whose sessions live far away from UTC.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn pool_in_another_time_zone(&self) -> anyhow::Result<SqlPool> {
        let sql = match self.engine {
            Engine::MySql => "SET time_zone = '+11:30'",
            Engine::Postgres => "SET TIME ZONE 'Pacific/Chatham'",
            // Knows UTC alone.
            Engine::SqliteFile | Engine::SqliteMemory => "SELECT 1",
        };
        pool(self.engine, &self.url, sql).await
    }

    /// A pool of one connection that logs its statements.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn logging_pool(&self) -> anyhow::Result<SqlPool> {
        Ok(match self.engine {
            Engine::MySql => {
                let options: MySqlConnectOptions = self.url.parse()?;
                MySqlPoolOptions::new().max_connections(1).connect_with(options).await?.into()
            }
            Engine::Postgres => {
                let options: PgConnectOptions = self.url.parse()?;
                PgPoolOptions::new().max_connections(1).connect_with(options).await?.into()
            }
            Engine::SqliteFile | Engine::SqliteMemory => {
                let options: SqliteConnectOptions = self.url.parse()?;
                SqlitePoolOptions::new().max_connections(1).connect_with(options).await?.into()
            }
        })
    }
}

/// Runs a statement on a pool.
///
/// # Errors
/// When the database refuses it.
pub async fn run(pool: &SqlPool, sql: &str) -> anyhow::Result<()> {
    let text = AssertSqlSafe(sql.to_owned());
    match pool {
        SqlPool::MySql(pool) => pool.execute(text).await.map(drop),
        SqlPool::Postgres(pool) => pool.execute(text).await.map(drop),
        SqlPool::Sqlite(pool) => pool.execute(text).await.map(drop),
        _ => anyhow::bail!("an engine that this helper does not know"),
    }
    .with_context(|| sql.to_owned())
}

/// A pool whose connections begin with a statement.
async fn pool(engine: Engine, url: &str, first: &'static str) -> anyhow::Result<SqlPool> {
    Ok(match engine {
        Engine::MySql => MySqlPoolOptions::new()
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(first).await.map(drop) })
            })
            .connect(url)
            .await?
            .into(),
        Engine::Postgres => PgPoolOptions::new()
            .after_connect(move |connection, _| {
                Box::pin(async move { connection.execute(first).await.map(drop) })
            })
            .connect(url)
            .await?
            .into(),
        Engine::SqliteFile | Engine::SqliteMemory => {
            SqlitePool::connect_with(url.parse::<SqliteConnectOptions>()?.create_if_missing(true))
                .await?
                .into()
        }
    })
}
