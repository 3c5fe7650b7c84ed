//! Fresh databases for tests, one for each, on every engine there is, and hosts over them that talk to a mock.
//!
//! SQLite is always there. PostgreSQL and MySQL take part where `TEST_POSTGRES_URL` and `TEST_MYSQL_URL` name a server
//! on which tests may create schemas or databases; otherwise they are printed as skipped, and with
//! `BAILEE_REQUIRE_ENGINES=1` that is a failure.
//!
//! ```no_run
//! # async fn test() -> anyhow::Result<()> {
//! test_support::each_engine(async |database| {
//!     let store = database.store().await?;
//!     // …
//!     Ok(())
//! })
//! .await
//! # }
//! ```

mod host;
mod proxy;
mod raw;
mod server;

use std::{
    fmt,
    io::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use anyhow::Context as _;
use bailee_storage::{SqlOptions, SqlStore};

pub use host::{google, google_as, host, key_ring, person};
pub use proxy::Proxy;
pub use raw::{Raw, run};

use server::Place;

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// MySQL or MariaDB: a database for each test.
    MySql,
    /// PostgreSQL: a schema for each test.
    Postgres,
    /// SQLite in a temporary file.
    SqliteFile,
    /// SQLite in memory: one store alone can open it.
    SqliteMemory,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MySql => "MySQL",
            Self::Postgres => "PostgreSQL",
            Self::SqliteFile => "SQLite (file)",
            Self::SqliteMemory => "SQLite (memory)",
        })
    }
}

impl Engine {
    /// Every engine, those without a server first.
    pub const ALL: [Self; 4] = [Self::SqliteMemory, Self::SqliteFile, Self::Postgres, Self::MySql];

    /// Those whose database several processes can open.
    pub const SHARED: [Self; 3] = [Self::SqliteFile, Self::Postgres, Self::MySql];

    /// An empty database of this engine. `None`: skipped, which was printed.
    ///
    /// # Errors
    /// When the server refuses, or when it is absent and `BAILEE_REQUIRE_ENGINES` is `1`.
    pub async fn fresh(self) -> anyhow::Result<Option<TestDatabase>> {
        let place = match self {
            Self::MySql => match server(self, "TEST_MYSQL_URL")? {
                Some(url) => server::mysql(&url).await?,
                None => return Ok(None),
            },
            Self::Postgres => match server(self, "TEST_POSTGRES_URL")? {
                Some(url) => server::postgres(&url).await?,
                None => return Ok(None),
            },
            Self::SqliteFile => server::sqlite_file()?,
            Self::SqliteMemory => Place::memory(),
        };
        Ok(Some(TestDatabase { engine: self, place }))
    }
}

/// An empty database of its own. Dropping it removes it.
#[derive(Debug)]
pub struct TestDatabase {
    engine: Engine,
    place: Place,
}

impl TestDatabase {
    /// On which engine.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }

    /// Its address, for [`SqlStore::open`] and for other processes.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.place.url
    }

    /// A migrated store on it.
    ///
    /// # Errors
    /// When it cannot be opened or migrated.
    pub async fn store(&self) -> anyhow::Result<SqlStore> {
        self.store_with(SqlOptions::default()).await
    }

    /// A migrated store on it, with options.
    ///
    /// # Errors
    /// When it cannot be opened or migrated.
    pub async fn store_with(&self, options: SqlOptions) -> anyhow::Result<SqlStore> {
        let store = SqlStore::open_with(self.url(), options).await?;
        store.migrate().await?;
        Ok(store)
    }
}

/// Runs a test on a fresh database of each engine, one after the other.
///
/// # Errors
/// The first that the test returns, with the name of the engine.
pub async fn each_engine(test: impl AsyncFn(&TestDatabase) -> anyhow::Result<()>) -> anyhow::Result<()> {
    each_of(&Engine::ALL, test).await
}

/// Runs a test on a fresh database of each of these engines, one after the other.
///
/// # Errors
/// The first that the test returns, with the name of the engine.
pub async fn each_of(
    engines: &[Engine],
    test: impl AsyncFn(&TestDatabase) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for engine in engines {
        if let Some(database) = engine.fresh().await? {
            test(&database).await.with_context(|| format!("on {engine}"))?;
        }
    }
    Ok(())
}

/// The value of a variable of the environment, where it is set and not empty.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "how tests are told of their servers")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether this process has said so.
static MYSQL_SKIPPED: AtomicBool = AtomicBool::new(false);
static POSTGRES_SKIPPED: AtomicBool = AtomicBool::new(false);

fn server(engine: Engine, name: &str) -> anyhow::Result<Option<String>> {
    let url = variable(name);
    if url.is_none() {
        let printed = if engine == Engine::Postgres { &POSTGRES_SKIPPED } else { &MYSQL_SKIPPED };
        if !printed.swap(true, Ordering::Relaxed) {
            // Written past the test runner, which would keep it to itself; in one piece, as tests write at once.
            std::io::stderr().write_all(format!("skipped: {engine} ({name} is not set)\n").as_bytes())?;
        }
        anyhow::ensure!(
            variable("BAILEE_REQUIRE_ENGINES").as_deref() != Some("1"),
            "{engine} was skipped, and BAILEE_REQUIRE_ENGINES asks for every engine"
        );
    }
    Ok(url)
}
