use anyhow::{Context as _, ensure};
use bailee_core::SecretString;
use bailee_storage::SqlPool;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use sqlx::{PgPool, Row, SqlitePool, postgres::PgRow, sqlite::SqliteRow};

use crate::{RecordOf, open};

/// The columns that the store selects, in its order.
const COLUMNS: &str = "id, organization_id, user_id, provider, client, account_id, account_label, lifecycle, status, \
     dead_reason, enabled, scope, profile_ids, bound_profile_id, requested, granted, secret, secret_epoch, lease_epoch, \
     lease_owner, lease_until_ms, unknown_epoch, refreshable, access_expires_ms, access_lifetime_ms, next_refresh_ms, \
     refresh_failures";

/// A token as somebody would get it who needs nothing else: one prepared SELECT, the sealed record opened with ring, and
/// the checks that keep a dead or disabled row from being used. Nothing of bailee's code runs here.
#[derive(Debug)]
pub struct Hand {
    database: Database,
    key: [u8; 32],
}

#[derive(Debug)]
enum Database {
    Postgres(PgPool, String),
    Sqlite(SqlitePool, String),
}

/// What the hand-written path answers with: what a caller of [`bailee_engine::Live`] gets as well.
#[derive(Clone, Debug)]
pub struct HandToken {
    /// The access token.
    pub token: SecretString,
    /// The account.
    pub account: (String, Option<String>),
    /// When it expires, in epoch milliseconds.
    pub expires_ms: Option<i64>,
    /// What was asked for and what was granted.
    pub scopes: (String, Option<String>),
}

#[derive(Deserialize)]
struct Plaintext {
    access_token: String,
}

struct Found {
    id: String,
    account: (String, Option<String>),
    lifecycle: String,
    enabled: bool,
    scopes: (String, Option<String>),
    secret: Vec<u8>,
    secret_epoch: i64,
    expires_ms: Option<i64>,
    now_ms: i64,
}

macro_rules! found {
    ($row:ident: $type:ty) => {
        impl TryFrom<$type> for Found {
            type Error = sqlx::Error;
            fn try_from($row: $type) -> Result<Self, sqlx::Error> {
                Ok(Self {
                    id: $row.try_get(0)?,
                    account: ($row.try_get(5)?, $row.try_get(6)?),
                    lifecycle: $row.try_get(7)?,
                    enabled: $row.try_get(10)?,
                    scopes: ($row.try_get(14)?, $row.try_get(15)?),
                    secret: $row.try_get(16)?,
                    secret_epoch: $row.try_get(17)?,
                    expires_ms: $row.try_get(23)?,
                    now_ms: $row.try_get(27)?,
                })
            }
        }
    };
}

found!(row: PgRow);
found!(row: SqliteRow);

impl Hand {
    /// Over this pool, with this key.
    #[must_use]
    pub fn postgres(pool: PgPool, key: [u8; 32]) -> Self {
        let sql = format!(
            "SELECT {COLUMNS}, (extract(epoch from clock_timestamp()) * 1000)::bigint FROM user_integrations \
             WHERE owner_key = $1 AND provider = $2 AND lifecycle <> 'disconnecting' ORDER BY id LIMIT 100"
        );
        Self { database: Database::Postgres(pool, sql), key }
    }

    /// Over this pool, with this key.
    #[must_use]
    pub fn sqlite(pool: SqlitePool, key: [u8; 32]) -> Self {
        let sql = format!(
            "SELECT {COLUMNS}, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) FROM user_integrations \
             WHERE owner_key = ? AND provider = ? AND lifecycle <> 'disconnecting' ORDER BY id LIMIT 100"
        );
        Self { database: Database::Sqlite(pool, sql), key }
    }

    /// Connects to this database as a host with one process would, with this key in base64.
    ///
    /// # Errors
    /// When there is no such database or key.
    pub async fn connect(url: &str, printable: &str) -> anyhow::Result<Self> {
        let mut key = [0; 32];
        STANDARD.decode_slice(printable, &mut key)?;
        if url.starts_with("sqlite:") {
            Ok(Self::sqlite(SqlitePool::connect(url).await?, key))
        } else {
            Ok(Self::postgres(PgPool::connect(url).await?, key))
        }
    }

    /// What it is over, for other work by hand.
    #[must_use]
    pub fn pool(&self) -> SqlPool {
        match &self.database {
            Database::Postgres(pool, _) => pool.clone().into(),
            Database::Sqlite(pool, _) => pool.clone().into(),
        }
    }

    /// What it opens with.
    #[must_use]
    pub const fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The token of this user.
    ///
    /// # Errors
    /// When there is none, or it is not fresh.
    pub async fn token(&self, user: &str, provider: &str) -> anyhow::Result<HandToken> {
        let owner_key = format!("u/{user}");
        let found: Found = match &self.database {
            Database::Postgres(pool, sql) => {
                let query = sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(&owner_key).bind(provider);
                query.fetch_optional(pool).await?.context("no row")?.try_into()?
            }
            Database::Sqlite(pool, sql) => {
                let query = sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).bind(&owner_key).bind(provider);
                query.fetch_optional(pool).await?.context("no row")?.try_into()?
            }
        };
        ensure!(found.lifecycle == "connected" && found.enabled, "not usable");
        ensure!(found.expires_ms.is_none_or(|expires| expires - found.now_ms > 30_000), "not fresh");
        let place = RecordOf { user, id: &found.id, provider, epoch: found.secret_epoch };
        let plaintext: Plaintext = serde_json::from_slice(&open(&self.key, &place, &found.secret)?)?;
        let token = SecretString::from(plaintext.access_token);
        Ok(HandToken { token, account: found.account, expires_ms: found.expires_ms, scopes: found.scopes })
    }
}
