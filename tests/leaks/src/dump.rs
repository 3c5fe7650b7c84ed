use std::{fs, path::Path};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection};
use test_support::{Engine, TestDatabase};

/// All that is stored in a database: of SQLite the files themselves, with write-ahead log and shared memory; of a server
/// every row of every table, binary columns in hexadecimal digits.
///
/// # Errors
/// When it cannot be read.
pub async fn dump(database: &TestDatabase) -> anyhow::Result<Vec<u8>> {
    match database.engine() {
        Engine::MySql => mysql(database.url()).await,
        Engine::Postgres => postgres(database.url()).await,
        Engine::SqliteFile => sqlite(database.url()),
        Engine::SqliteMemory => anyhow::bail!("nothing of it is stored"),
    }
}

fn sqlite(url: &str) -> anyhow::Result<Vec<u8>> {
    let file = Path::new(url.strip_prefix("sqlite://").context("a file")?);
    let mut bytes = Vec::new();
    // Whatever SQLite writes, it writes beside.
    for entry in fs::read_dir(file.parent().context("a directory")?)? {
        bytes.extend(fs::read(entry?.path())?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

async fn postgres(url: &str) -> anyhow::Result<Vec<u8>> {
    let mut connection = PgConnection::connect(url).await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()",
    )
    .fetch_all(&mut connection)
    .await?;
    let mut text = String::new();
    for table in tables {
        let sql = AssertSqlSafe(format!("SELECT row_to_json(rows)::text FROM {table} AS rows"));
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
        text.extend([&table, "\n", &rows.join("\n"), "\n"]);
    }
    Ok(text.into_bytes())
}

async fn mysql(url: &str) -> anyhow::Result<Vec<u8>> {
    let mut connection = MySqlConnection::connect(url).await?;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT CONVERT(table_name USING utf8mb4), CONVERT(GROUP_CONCAT(CONCAT('HEX(`', column_name, '`)')) USING utf8mb4) \
         FROM information_schema.columns WHERE table_schema = DATABASE() GROUP BY table_name",
    )
    .fetch_all(&mut connection)
    .await?;
    let mut text = String::new();
    for (table, columns) in columns {
        let sql = AssertSqlSafe(format!("SELECT CONCAT_WS(' ', {columns}) FROM {table}"));
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
        text.extend([&table, "\n", &rows.join("\n"), "\n"]);
    }
    Ok(text.into_bytes())
}
