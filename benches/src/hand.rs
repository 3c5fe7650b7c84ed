use anyhow::{Context as _, ensure};
use bailee_core::SecretString;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hkdf,
};
use serde::Deserialize;
use sqlx::{PgPool, Row, SqlitePool, postgres::PgRow, sqlite::SqliteRow};

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
        let token = self.open(&found, user, provider)?;
        Ok(HandToken { token, account: found.account, expires_ms: found.expires_ms, scopes: found.scopes })
    }

    fn open(&self, found: &Found, user: &str, provider: &str) -> anyhow::Result<SecretString> {
        let (head, body) = found.secret.split_at_checked(74).context("too short")?;
        let (prefix, salt) = (head.get(..10).context("head")?, head.get(10..42).context("head")?);
        let context = context(user, &found.id, provider, found.secret_epoch);
        let mut okm = [0; 76];
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(&self.key)
            .expand(&[b"bailee/seal/v1", prefix, &context], Length(76))
            .and_then(|okm_of| okm_of.fill(&mut okm))
            .ok()
            .context("hkdf")?;
        let (key, rest) = okm.split_at(32);
        let (nonce, commit) = rest.split_at(12);
        ensure!(head.get(42..) == Some(commit), "another key or context");
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok().context("key")?);
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok().context("nonce")?;
        let data = [head, &context].concat();
        let mut plaintext = body.to_vec();
        let plaintext = cipher.open_in_place(nonce, Aad::from(data), &mut plaintext).ok().context("open")?;
        let plaintext: Plaintext = serde_json::from_slice(plaintext)?;
        Ok(SecretString::from(plaintext.access_token))
    }
}

fn context(user: &str, id: &str, provider: &str, epoch: i64) -> [u8; 32] {
    let mut hash = digest::Context::new(&digest::SHA256);
    let field = |hash: &mut digest::Context, text: &str| {
        hash.update(&u16::try_from(text.len()).unwrap_or_default().to_be_bytes());
        hash.update(text.as_bytes());
    };
    hash.update(b"bailee/ctx/v1");
    field(&mut hash, "oauth_tokens");
    hash.update(&u16::MAX.to_be_bytes());
    field(&mut hash, user);
    field(&mut hash, id);
    field(&mut hash, provider);
    hash.update(&epoch.to_be_bytes());
    let mut sum = [0; 32];
    for (to, from) in sum.iter_mut().zip(hash.finish().as_ref()) {
        *to = *from;
    }
    sum
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
