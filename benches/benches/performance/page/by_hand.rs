//! A page by hand: the same columns by keyset, read and not looked at.

use bailee_storage::SqlPool;
use sqlx::{AssertSqlSafe, ColumnIndex, Decode, Row, Type};

/// The columns that the store selects, in its order.
const COLUMNS: &str = "id, organization_id, user_id, provider, client, account_id, account_label, lifecycle, status, \
     status_reason, enabled, is_default, scope, profile_ids, bound_profile_id, requested, granted, lacking, config, \
     version, created_ms, updated_ms, validated_ms, access_expires_ms";

/// Rows as a database has them.
pub(super) struct Pages {
    pool: SqlPool,
    sql: String,
}

/// One row.
#[expect(dead_code, reason = "what a caller would get")]
pub(super) struct Listed {
    pub(super) id: String,
    organization: Option<String>,
    user: String,
    provider: String,
    client: Option<String>,
    account: (String, Option<String>),
    lifecycle: String,
    status: (String, Option<String>),
    enabled: bool,
    is_default: bool,
    scope: (String, String),
    bound_profile: Option<String>,
    requested: String,
    granted: Option<String>,
    lacking: String,
    config: String,
    version: i64,
    created_ms: i64,
    updated_ms: i64,
    validated_ms: Option<i64>,
    expires_ms: Option<i64>,
}

impl Pages {
    pub(super) fn new(pool: SqlPool) -> Self {
        let [owner, after, limit] =
            if matches!(pool, SqlPool::Postgres(_)) { ["$1", "$2", "$3"] } else { ["?"; 3] };
        let sql = format!(
            "SELECT {COLUMNS} FROM user_integrations WHERE owner_key = {owner} AND id > {after} \
             AND lifecycle <> 'disconnecting' ORDER BY id LIMIT {limit}"
        );
        Self { pool, sql }
    }

    /// A page, and whether there is another one.
    pub(super) async fn page(
        &self,
        owner: &str,
        after: &str,
        limit: u32,
    ) -> anyhow::Result<(Vec<Listed>, bool)> {
        let (sql, rows) = (AssertSqlSafe(self.sql.as_str()), i64::from(limit) + 1);
        let mut page: Vec<Listed> = match &self.pool {
            SqlPool::Postgres(pool) => {
                let query = sqlx::query(sql).bind(owner).bind(after).bind(rows);
                query.fetch_all(pool).await?.iter().map(listed).collect::<Result<_, _>>()?
            }
            SqlPool::Sqlite(pool) => {
                let query = sqlx::query(sql).bind(owner).bind(after).bind(rows);
                query.fetch_all(pool).await?.iter().map(listed).collect::<Result<_, _>>()?
            }
            _ => anyhow::bail!("an engine without a bench"),
        };
        let more = page.len() > limit as usize;
        page.truncate(limit as usize);
        Ok((page, more))
    }
}

fn listed<R: Row>(row: &R) -> Result<Listed, sqlx::Error>
where
    usize: ColumnIndex<R>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(Listed {
        id: row.try_get(0)?,
        organization: row.try_get(1)?,
        user: row.try_get(2)?,
        provider: row.try_get(3)?,
        client: row.try_get(4)?,
        account: (row.try_get(5)?, row.try_get(6)?),
        lifecycle: row.try_get(7)?,
        status: (row.try_get(8)?, row.try_get(9)?),
        enabled: row.try_get(10)?,
        is_default: row.try_get(11)?,
        scope: (row.try_get(12)?, row.try_get(13)?),
        bound_profile: row.try_get(14)?,
        requested: row.try_get(15)?,
        granted: row.try_get(16)?,
        lacking: row.try_get(17)?,
        config: row.try_get(18)?,
        version: row.try_get(19)?,
        created_ms: row.try_get(20)?,
        updated_ms: row.try_get(21)?,
        validated_ms: row.try_get(22)?,
        expires_ms: row.try_get(23)?,
    })
}
