use std::{fs, path::Path};

use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, PgConnection};
use test_support::{Engine, TestDatabase};

/// The columns of all tables, each as it is stored.
const COLUMNS: &str = "FROM information_schema.columns WHERE table_schema =";

/// All that is stored in a database: of SQLite the files themselves, with write-ahead log, shared memory and whatever
/// else lies beside them; of a server every value of every column of every table.
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
        let entry = entry?;
        bytes.extend(format!("\n{}\n", entry.file_name().display()).bytes());
        bytes.extend(fs::read(entry.path())?);
    }
    Ok(bytes)
}

async fn postgres(url: &str) -> anyhow::Result<Vec<u8>> {
    let mut connection = PgConnection::connect(url).await?;
    let columns: Vec<(String, String, String)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT table_name::text, column_name::text, data_type::text {COLUMNS} current_schema()"
    )))
    .fetch_all(&mut connection)
    .await?;
    let mut dump = Vec::new();
    for (table, column, kind) in columns {
        // Bytes as they are: a secret that is spelt somehow in them is found as well.
        let value = if kind == "bytea" {
            format!("{column:?}")
        } else {
            format!("convert_to({column:?}::text, 'UTF8')")
        };
        let sql = format!("SELECT {value} FROM {table:?} WHERE {column:?} IS NOT NULL");
        let values: Vec<Vec<u8>> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
        add(&mut dump, &table, &column, values);
    }
    Ok(dump)
}

async fn mysql(url: &str) -> anyhow::Result<Vec<u8>> {
    let mut connection = MySqlConnection::connect(url).await?;
    let columns: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT CONVERT(table_name USING utf8mb4), CONVERT(column_name USING utf8mb4) {COLUMNS} DATABASE()"
    )))
    .fetch_all(&mut connection)
    .await?;
    let mut dump = Vec::new();
    for (table, column) in columns {
        let sql = format!("SELECT CAST(`{column}` AS BINARY) FROM `{table}` WHERE `{column}` IS NOT NULL");
        let values: Vec<Vec<u8>> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection).await?;
        add(&mut dump, &table, &column, values);
    }
    Ok(dump)
}

fn add(dump: &mut Vec<u8>, table: &str, column: &str, values: Vec<Vec<u8>>) {
    dump.extend(format!("\n{table}.{column}\n").bytes());
    for value in values {
        dump.extend(value);
        dump.push(b'\n');
    }
}
