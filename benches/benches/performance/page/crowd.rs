//! One owner with very many integrations, written by the database itself.

use anyhow::Context as _;
use bailee_core::{IntegrationId, Owner};
use bailee_storage::SqlPool;
use sqlx::{AssertSqlSafe, Column as _, Row};

/// Rows of one statement: what it writes is kept until it ends.
const AT_ONCE: u32 = 100_000;

/// An owner and how many integrations it has.
pub(super) struct Crowd {
    pub(super) owner: Owner,
    pub(super) rows: u32,
    /// Sets its ids apart from those of others.
    mark: u8,
}

impl Crowd {
    /// Copies an integration of another owner so many times. Its record opens for none of them.
    pub(super) async fn fill(pool: &SqlPool, user: &str, mark: u8, rows: u32) -> anyhow::Result<Self> {
        let crowd = Self { owner: Owner::user(user)?, rows, mark };
        let columns = columns(pool).await?;
        for first in (0..rows).step_by(AT_ONCE as usize) {
            let last = rows.min(first + AT_ONCE) - 1;
            run(pool, &crowd.insert(pool, &columns, first, last)?).await?;
        }
        let settle = if matches!(pool, SqlPool::Postgres(_)) { "VACUUM ANALYZE" } else { "ANALYZE" };
        run(pool, &format!("{settle} user_integrations")).await?;
        Ok(crowd)
    }

    /// The id of the n-th integration.
    pub(super) fn id(&self, number: u32) -> IntegrationId {
        IntegrationId::from_parts(u64::from(number), [self.mark; 10])
    }

    fn insert(&self, pool: &SqlPool, columns: &[String], first: u32, last: u32) -> anyhow::Result<String> {
        let id = self.id(0).to_string();
        let tail = id.get("00000000-0000".len()..).context("an id has 36 characters")?;
        let user = self.owner.user_id().as_str();
        let (series, head) = match pool {
            SqlPool::Postgres(_) => (
                format!("generate_series({first}, {last}) AS s (n)"),
                "lpad(to_hex(n >> 16), 8, '0') || '-' || lpad(to_hex(n & 65535), 4, '0')",
            ),
            _ => (
                format!(
                    "(WITH RECURSIVE s (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM s WHERE n < {last}) \
                     SELECT n FROM s) AS s"
                ),
                "printf('%08x-%04x', n >> 16, n & 65535)",
            ),
        };
        let values: Vec<String> = columns
            .iter()
            .map(|column| match column.as_str() {
                "id" => format!("{head} || '{tail}'"),
                "owner_key" => format!("'u/{user}'"),
                "user_id" => format!("'{user}'"),
                "slot" | "account_id" => "CAST(n AS TEXT)".to_owned(),
                other => format!("t.{other}"),
            })
            .collect();
        Ok(format!(
            "INSERT INTO user_integrations ({}) SELECT {} FROM {series} \
             CROSS JOIN (SELECT * FROM user_integrations WHERE owner_key = 'u/user_00000') AS t",
            columns.join(", "),
            values.join(", ")
        ))
    }
}

async fn columns(pool: &SqlPool) -> anyhow::Result<Vec<String>> {
    let sql = "SELECT * FROM user_integrations LIMIT 1";
    Ok(match pool {
        SqlPool::Postgres(pool) => names(&sqlx::query(sql).fetch_one(pool).await?),
        SqlPool::Sqlite(pool) => names(&sqlx::query(sql).fetch_one(pool).await?),
        _ => anyhow::bail!("an engine without a bench"),
    })
}

fn names<R: Row>(row: &R) -> Vec<String> {
    row.columns().iter().map(|column| column.name().to_owned()).collect()
}

async fn run(pool: &SqlPool, sql: &str) -> anyhow::Result<()> {
    match pool {
        SqlPool::Postgres(pool) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop)?,
        SqlPool::Sqlite(pool) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.map(drop)?,
        _ => anyhow::bail!("an engine without a bench"),
    }
    Ok(())
}
