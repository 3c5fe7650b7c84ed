//! The one database of all processes: a schema of its own on PostgreSQL, or a SQLite file.

use std::{fmt::Write as _, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail};
use bailee::{KeyRing, SqlStore, core::Entropy as _, vault::RingEntropy};
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::SqliteConnectOptions,
};
use tempfile::TempDir;
use url::Url;

use crate::fill::fill;

const MISSING: &str = "set DATABASE_URL (or TEST_POSTGRES_URL) to the address of a PostgreSQL database, such as \
     postgres://user:password@localhost/database; a schema of this program's own is created there and removed again";

/// Where the rows are.
pub(crate) enum Database {
    Postgres { pool: PgPool, url: Url, schema: String },
    Sqlite { pool: SqlitePool, directory: TempDir },
}

impl Database {
    /// A new schema on the server of the environment.
    pub(crate) async fn postgres() -> Result<Self> {
        let url = address().context(MISSING)?;
        let mut random = [0; 8];
        RingEntropy::new().fill(&mut random)?;
        let mut schema = "fleet_".to_owned();
        for byte in random {
            write!(schema, "{byte:02x}")?;
        }
        let options: PgConnectOptions = url.as_str().parse().ok().context(MISSING)?;
        let options = options.options([("search_path", schema.as_str())]).disable_statement_logging();
        let pool = PgPoolOptions::new().max_connections(2).connect_with(options).await;
        let pool = pool.ok().context("the PostgreSQL server does not let this program in")?;
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&pool).await?;
        Ok(Self::Postgres { pool, url, schema })
    }

    /// A new file.
    pub(crate) async fn sqlite() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let options = SqliteConnectOptions::new()
            .filename(directory.path().join("fleet.db"))
            .create_if_missing(true)
            .busy_timeout(Duration::from_secs(5))
            .disable_statement_logging();
        Ok(Self::Sqlite { pool: SqlitePool::connect_with(options).await?, directory })
    }

    /// Its address for one process, which the server knows by this name.
    pub(crate) fn address(&self, process: &str) -> String {
        match self {
            Self::Postgres { url, schema, .. } => {
                let mut url = url.clone();
                url.query_pairs_mut()
                    .append_pair("options", &format!("-csearch_path={schema}"))
                    .append_pair("application_name", &format!("{schema}_{process}"));
                url.into()
            }
            Self::Sqlite { directory, .. } => {
                format!("sqlite://{}", directory.path().join("fleet.db").display())
            }
        }
    }

    /// Its tables, and an integration of each of so many users.
    pub(crate) async fn migrate(&self, keys: &KeyRing, users: u32) -> Result<()> {
        let store = SqlStore::open(&self.address("fill")).await?;
        store.migrate().await?;
        fill(&store, keys, users).await
    }

    /// All access tokens expire so long from now, by the clock of the database.
    pub(crate) async fn expire_in(&self, left: Duration) -> Result<()> {
        let Self::Postgres { pool, .. } = self else { bail!("it takes PostgreSQL") };
        sqlx::query(
            "UPDATE user_integrations \
             SET access_expires_ms = (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint + $1",
        )
        .bind(i64::try_from(left.as_millis())?)
        .execute(pool)
        .await?;
        // So many changed at once; the server would notice in a minute.
        sqlx::raw_sql("ANALYZE user_integrations").execute(pool).await?;
        Ok(())
    }

    /// All access tokens have expired.
    pub(crate) async fn expire(&self) -> Result<()> {
        let sql = "UPDATE user_integrations SET access_expires_ms = access_expires_ms - 7200000";
        match self {
            Self::Postgres { pool, .. } => sqlx::query(sql).execute(pool).await.map(drop)?,
            Self::Sqlite { pool, .. } => sqlx::query(sql).execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// How many integrations still have their first token.
    pub(crate) async fn unrenewed(&self) -> Result<i64> {
        let Self::Postgres { pool, .. } = self else { bail!("it takes PostgreSQL") };
        Ok(sqlx::query_scalar("SELECT COUNT(*) FROM user_integrations WHERE secret_epoch = 1")
            .fetch_one(pool)
            .await?)
    }

    /// Removes it; a file goes with the value.
    async fn remove(&self) -> Result<()> {
        if let Self::Postgres { pool, schema, .. } = self {
            sqlx::raw_sql(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).execute(pool).await?;
        }
        Ok(())
    }
}

/// The address of the environment, where it is one of PostgreSQL.
#[expect(clippy::disallowed_methods, reason = "how this program is told of its server")]
fn address() -> Option<Url> {
    let texts = ["DATABASE_URL", "TEST_POSTGRES_URL"].into_iter().filter_map(|name| std::env::var(name).ok());
    texts
        .filter_map(|text| Url::parse(&text).ok())
        .find(|url| matches!(url.scheme(), "postgres" | "postgresql"))
}

/// Does `work` on a database and removes that, whatever came of the work, also when somebody ends the program meanwhile.
pub(crate) async fn within<T: Send>(
    database: &Database,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    let done = tokio::select! {
        done = work => done,
        ended = tokio::signal::ctrl_c() => match ended {
            Ok(()) => Err(anyhow!("it was ended from outside")),
            Err(error) => Err(error.into()),
        },
    };
    let removed = database.remove().await;
    let done = done?;
    removed.map(|()| done)
}
