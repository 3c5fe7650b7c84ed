use std::time::Duration;

use bailee_core::ErrorKind;

use crate::{SqlStore, error};

/// No span of time that a caller names is longer: sums with it stay far inside 64 bits.
const LONGEST: i64 = 100 * 366 * 24 * 60 * 60 * 1000;

/// Connections of a [`SqlStore`].
#[derive(Clone, Debug)]
pub struct SqlOptions {
    acquire_timeout: Duration,
    max_connections: u32,
    pub(crate) statement_timeout: Duration,
}

/// Ten connections, ten seconds until one is free, and as long for an answer.
impl Default for SqlOptions {
    fn default() -> Self {
        Self {
            acquire_timeout: Duration::from_secs(10),
            max_connections: 10,
            statement_timeout: Duration::from_secs(10),
        }
    }
}

impl SqlOptions {
    /// How long a statement waits for a connection, and `open` for the database to come up.
    #[must_use]
    pub const fn with_acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How many connections there are at most; at least one. A SQLite file has one writer beside so many readers, a
    /// memory database always one in all.
    #[must_use]
    pub const fn with_max_connections(mut self, connections: u32) -> Self {
        self.max_connections = if connections == 0 { 1 } else { connections };
        self
    }

    /// How long a PostgreSQL or MySQL server may take to answer one statement, waits for locks included. After that the
    /// call is answered with [`StoreError::Unavailable`](bailee_core::StoreError::Unavailable) and its connection is
    /// closed: so a server that falls silent and leaves its connections open holds up no caller. Migrations take the time
    /// they need.
    #[must_use]
    pub const fn with_statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }
}

/// Why a database could not be opened. Never repeats the URL, which may hold a password.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL names an engine that this build leaves out.
    #[error("this build has no {engine}: enable the feature `{feature}`")]
    EngineDisabled {
        /// The engine.
        engine: &'static str,
        /// The feature of this crate that adds it.
        feature: &'static str,
    },
    /// The URL cannot be read.
    #[error("the database URL is malformed")]
    MalformedUrl,
    /// The database answered, and refused: unknown user, wrong password, no such database, no such file, no common TLS.
    #[error("the database refused the connection ({code})")]
    Refused {
        /// The SQLSTATE or engine code or `tls`, never a message.
        code: String,
    },
    /// The database cannot be reached, or did not answer in time.
    #[error("the database is not available")]
    Unavailable,
    /// The URL names no engine that we know.
    #[error("the database URL names an unknown engine: use sqlite, postgres or mysql")]
    UnknownEngine,
}

impl OpenError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable => ErrorKind::Unavailable,
            Self::EngineDisabled { .. } | Self::MalformedUrl | Self::Refused { .. } | Self::UnknownEngine => {
                ErrorKind::Config
            }
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable)
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => Self::MalformedUrl,
            sqlx::Error::Database(refusal) => Self::Refused { code: error::code(refusal.as_ref()) },
            _ => Self::Unavailable,
        }
    }
}

impl SqlStore {
    /// Opens a database with the default [`SqlOptions`].
    ///
    /// # Errors
    /// As [`SqlStore::open_with`].
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_with(url, SqlOptions::default()).await
    }

    /// Opens a database.
    ///
    /// # Behaviour
    /// - `sqlite://path` (created when missing), `sqlite::memory:`, `postgres://…`, `mysql://…`; parameters are those of
    ///   sqlx.
    /// - Creates and changes no table: see [`SqlStore::migrate`].
    /// - Waits up to the acquire timeout for a server that is starting.
    /// - Statements are not logged.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_with(url: &str, options: SqlOptions) -> Result<Self, OpenError> {
        let (scheme, _) = url.split_once(':').ok_or(OpenError::MalformedUrl)?;
        match scheme {
            "sqlite" => sqlite::open(url, &options).await,
            "postgres" | "postgresql" => postgres::open(url, &options).await,
            "mysql" | "mariadb" => mysql::open(url, &options).await,
            _ => Err(OpenError::UnknownEngine),
        }
    }
}

/// Milliseconds of a span, at most a century.
pub(crate) fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

/// Options that all pools of ours share. A connection is not tested before a read, which is half of its cost: a broken
/// one is met by a second try.
fn pool_options<DB: sqlx::Database>(options: &SqlOptions) -> sqlx::pool::PoolOptions<DB> {
    sqlx::pool::PoolOptions::new()
        .acquire_timeout(options.acquire_timeout)
        .max_connections(options.max_connections)
        .test_before_acquire(false)
}

#[cfg(feature = "mysql")]
mod mysql {
    use sqlx::{
        ConnectOptions, Executor,
        mysql::{MySql, MySqlConnectOptions},
    };

    use super::{OpenError, SqlOptions, SqlStore, pool_options};

    pub(super) async fn open(url: &str, options: &SqlOptions) -> Result<SqlStore, OpenError> {
        let connect: MySqlConnectOptions = url.parse().map_err(|_| OpenError::MalformedUrl)?;
        let pool = pool_options::<MySql>(options)
            // Statements then see what others committed and lock no gaps between rows.
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection
                        .execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
                        .await
                        .map(drop)
                })
            })
            .connect_with(connect.disable_statement_logging())
            .await?;
        Ok(SqlStore::of(pool.clone().into(), pool.into(), options.statement_timeout))
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use sqlx::{
        ConnectOptions,
        postgres::{PgConnectOptions, Postgres},
    };

    use super::{OpenError, SqlOptions, SqlStore, pool_options};

    pub(super) async fn open(url: &str, options: &SqlOptions) -> Result<SqlStore, OpenError> {
        let connect: PgConnectOptions = url.parse().map_err(|_| OpenError::MalformedUrl)?;
        let pool =
            pool_options::<Postgres>(options).connect_with(connect.disable_statement_logging()).await?;
        Ok(SqlStore::of(pool.clone().into(), pool.into(), options.statement_timeout))
    }
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use std::time::Duration;

    use sqlx::{
        ConnectOptions, SqlitePool,
        sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
    };

    use super::{OpenError, SqlOptions, SqlStore, pool_options};
    use crate::{SqlPool, error::Failure};

    /// How often a connection is tried again when another process just switches the new file to write-ahead logging:
    /// SQLite does not wait for that by itself.
    const TRIES: u32 = 20;

    pub(super) async fn open(url: &str, options: &SqlOptions) -> Result<SqlStore, OpenError> {
        let connect: SqliteConnectOptions = url.parse().map_err(|_| OpenError::MalformedUrl)?;
        let connect =
            connect.busy_timeout(Duration::from_secs(5)).foreign_keys(true).disable_statement_logging();
        if in_memory(url) {
            // The database is gone with its last connection.
            let pool = pool_options::<Sqlite>(options)
                .min_connections(1)
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_with(connect)
                .await?;
            return Ok(SqlStore::from_pool(pool));
        }
        let connect = connect
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // With NORMAL a loss of power takes back the last commits. One of them may be a refresh token that the
            // provider has already put in the place of the old one: the user would have to connect again.
            .synchronous(SqliteSynchronous::Full);
        let writer = file(&connect, &options.clone().with_max_connections(1)).await?;
        if options.max_connections == 1 {
            return Ok(SqlStore::from_pool(writer));
        }
        let reader = file(&connect, options).await?;
        Ok(SqlStore::of(SqlPool::Sqlite(reader), SqlPool::Sqlite(writer), options.statement_timeout))
    }

    async fn file(connect: &SqliteConnectOptions, options: &SqlOptions) -> Result<SqlitePool, OpenError> {
        let mut tries = 0;
        loop {
            let error = match pool_options::<Sqlite>(options).connect_with(connect.clone()).await {
                Ok(pool) => return Ok(pool),
                Err(error) => error,
            };
            tries += 1;
            if tries == TRIES || !matches!(Failure::from(&error), Failure::Contended) {
                return Err(error.into());
            }
        }
    }

    fn in_memory(url: &str) -> bool {
        let (path, parameters) = url.split_once('?').unwrap_or((url, ""));
        matches!(path, "sqlite::memory:" | "sqlite://:memory:")
            || parameters.split('&').any(|parameter| parameter == "mode=memory")
    }
}

#[cfg(not(feature = "mysql"))]
mod mysql {
    use super::{OpenError, SqlOptions, SqlStore};

    #[expect(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(super) async fn open(_url: &str, _options: &SqlOptions) -> Result<SqlStore, OpenError> {
        Err(OpenError::EngineDisabled { engine: "MySQL", feature: "mysql" })
    }
}

#[cfg(not(feature = "postgres"))]
mod postgres {
    use super::{OpenError, SqlOptions, SqlStore};

    #[expect(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(super) async fn open(_url: &str, _options: &SqlOptions) -> Result<SqlStore, OpenError> {
        Err(OpenError::EngineDisabled { engine: "PostgreSQL", feature: "postgres" })
    }
}

#[cfg(not(feature = "sqlite"))]
mod sqlite {
    use super::{OpenError, SqlOptions, SqlStore};

    #[expect(clippy::unused_async, reason = "the same signature as with the feature")]
    pub(super) async fn open(_url: &str, _options: &SqlOptions) -> Result<SqlStore, OpenError> {
        Err(OpenError::EngineDisabled { engine: "SQLite", feature: "sqlite" })
    }
}

#[cfg(all(test, not(feature = "mysql")))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_that_was_left_out_names_its_feature() -> anyhow::Result<()> {
        let Err(error) = SqlStore::open("mysql://u:hunter2@127.0.0.1/db").await else {
            anyhow::bail!("it opened");
        };
        let disabled = OpenError::EngineDisabled { engine: "MySQL", feature: "mysql" };
        assert_eq!(error, disabled);
        Ok(())
    }
}
