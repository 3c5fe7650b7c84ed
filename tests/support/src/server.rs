use std::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, SystemTime},
};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, MySqlConnection, PgConnection};
use tempfile::TempDir;
use url::Url;

/// Names begin so, and go on with the second of their creation, so that leftovers of a killed test can be told.
const PREFIX: &str = "bailee_test_";

/// A leftover is older than this.
const STALE: Duration = Duration::from_hours(1);

/// Where a test database is, and how it is removed.
pub(crate) struct Place {
    pub(crate) url: String,
    /// Kept for its end.
    _remove: Remove,
}

enum Remove {
    Directory { _removed_with_it: TempDir },
    MySql { server: String, name: String },
    Nothing,
    Postgres { server: String, name: String },
}

/// Without the address, which may hold a password.
impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self { url: "sqlite::memory:".to_owned(), _remove: Remove::Nothing }
    }
}

pub(crate) fn sqlite_file() -> anyhow::Result<Place> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("test.db");
    Ok(Place {
        url: format!("sqlite://{}", file.display()),
        _remove: Remove::Directory { _removed_with_it: directory },
    })
}

pub(crate) async fn postgres(server: &str) -> anyhow::Result<Place> {
    let mut connection = postgres_connection(server).await?;
    let names: Vec<String> =
        sqlx::query_scalar("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'bailee\\_test\\_%'")
            .fetch_all(&mut connection)
            .await?;
    for stale in names.iter().filter(|name| is_stale(name)) {
        drop_schema(&mut connection, stale).await;
    }
    let name = new_name();
    connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {name}"))).await?;
    connection.close().await?;
    let mut url: Url = server.parse()?;
    url.query_pairs_mut()
        .append_pair("options", &format!("-csearch_path={name}"))
        // So that a test can tell its connections from those of others on the same database.
        .append_pair("application_name", &name);
    Ok(Place { url: url.into(), _remove: Remove::Postgres { server: server.to_owned(), name } })
}

pub(crate) async fn mysql(server: &str) -> anyhow::Result<Place> {
    let mut connection = mysql_connection(server).await?;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT CONVERT(schema_name USING utf8mb4) FROM information_schema.schemata \
         WHERE schema_name LIKE 'bailee\\_test\\_%'",
    )
    .fetch_all(&mut connection)
    .await?;
    for stale in names.iter().filter(|name| is_stale(name)) {
        drop_database(&mut connection, stale).await;
    }
    let name = new_name();
    connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    connection.close().await?;
    let mut url: Url = server.parse()?;
    url.set_path(&name);
    Ok(Place { url: url.into(), _remove: Remove::MySql { server: server.to_owned(), name } })
}

async fn postgres_connection(server: &str) -> anyhow::Result<PgConnection> {
    let options: sqlx::postgres::PgConnectOptions = server.parse()?;
    let mut connection = options.disable_statement_logging().connect().await?;
    connection.execute("SET lock_timeout = '5s'").await?;
    Ok(connection)
}

async fn mysql_connection(server: &str) -> anyhow::Result<MySqlConnection> {
    let options: sqlx::mysql::MySqlConnectOptions = server.parse()?;
    let mut connection = options.disable_statement_logging().connect().await?;
    connection.execute("SET SESSION lock_wait_timeout = 5").await?;
    Ok(connection)
}

// What cannot be removed now is stale in an hour.
async fn drop_schema(connection: &mut PgConnection, name: &str) {
    let sql = format!("DROP SCHEMA IF EXISTS {name} CASCADE");
    let _ = connection.execute(AssertSqlSafe(sql)).await;
}

async fn drop_database(connection: &mut MySqlConnection, name: &str) {
    let sql = format!("DROP DATABASE IF EXISTS {name}");
    let _ = connection.execute(AssertSqlSafe(sql)).await;
}

impl Drop for Remove {
    fn drop(&mut self) {
        let (server, name, postgres) = match self {
            Self::Directory { .. } | Self::Nothing => return,
            Self::MySql { server, name } => (server.clone(), name.clone(), false),
            Self::Postgres { server, name } => (server.clone(), name.clone(), true),
        };
        // The test's own runtime cannot be waited for from here.
        let removal = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                if postgres {
                    drop_schema(&mut postgres_connection(&server).await?, &name).await;
                } else {
                    drop_database(&mut mysql_connection(&server).await?, &name).await;
                }
                anyhow::Ok(())
            })
        });
        let _ = removal.join();
    }
}

#[expect(clippy::disallowed_methods, reason = "names the database; nothing is decided by it")]
fn second() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{PREFIX}{}_{}_{number}", second(), std::process::id())
}

/// Only names that `new_name` made, so that nothing else is ever dropped.
fn is_stale(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return false;
    };
    let numbers: Option<Vec<u64>> = rest.split('_').map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([created, _, _]) => *created + STALE.as_secs() < second(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_names_of_ours_are_stale() {
        assert!(is_stale("bailee_test_1000_12_0"));
        assert!(!is_stale(&new_name()));
        for foreign in
            ["bailee", "bailee_test_", "bailee_test_1000", "bailee_test_1000_12_0; DROP", "other_1_2_3"]
        {
            assert!(!is_stale(foreign), "{foreign}");
        }
    }
}
