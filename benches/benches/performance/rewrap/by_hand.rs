//! A rewrap by hand: pages by keyset, records opened and sealed with ring, and the best way that each engine has to write
//! them.

use anyhow::{Context as _, ensure};
use bailee_core::KeyId;
use bailee_storage::SqlPool;
use benches::{RecordOf, open, seal};
use sqlx::{ColumnIndex, Decode, PgPool, Row, SqlitePool, Type};

const PAGE: i64 = 1_000;

/// A key, and how records name it.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) bytes: [u8; 32],
    pub(super) id: KeyId,
}

impl Key {
    /// Format, suite and key: how its records begin.
    fn prefix(&self) -> [u8; 10] {
        let mut prefix = [1; 10];
        for (to, from) in prefix.iter_mut().skip(2).zip(self.id.as_bytes()) {
            *to = *from;
        }
        prefix
    }
}

/// Seals all records of one key again with the other, and returns how many.
pub(super) async fn rewrap(pool: &SqlPool, from: &Key, to: &Key) -> anyhow::Result<u64> {
    let (mut after, mut written) = (String::new(), 0);
    loop {
        let found = match pool {
            SqlPool::Postgres(pool) => read_postgres(pool, from, &after).await?,
            SqlPool::Sqlite(pool) => read_sqlite(pool, from, &after).await?,
            _ => anyhow::bail!("an engine without a bench"),
        };
        let Some(last) = found.last() else { return Ok(written) };
        last.id.clone_into(&mut after);
        let mut page = Vec::with_capacity(found.len());
        for row in found {
            page.push(resealed(row, from, to)?);
        }
        written += match pool {
            SqlPool::Postgres(pool) => write_postgres(pool, from, to, &page).await?,
            SqlPool::Sqlite(pool) => write_sqlite(pool, from, to, &page).await?,
            _ => anyhow::bail!("an engine without a bench"),
        };
    }
}

struct Found {
    id: String,
    user: String,
    provider: String,
    secret: Vec<u8>,
    epoch: i64,
}

fn found<R: Row>(row: &R) -> Result<Found, sqlx::Error>
where
    usize: ColumnIndex<R>,
    for<'r> Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(Found {
        id: row.try_get(0)?,
        user: row.try_get(1)?,
        provider: row.try_get(2)?,
        secret: row.try_get(3)?,
        epoch: row.try_get(4)?,
    })
}

fn resealed(mut row: Found, from: &Key, to: &Key) -> anyhow::Result<Found> {
    let place = RecordOf { user: &row.user, id: &row.id, provider: &row.provider, epoch: row.epoch };
    ensure!(row.secret.get(..10).context("too short")? == from.prefix(), "of another key");
    let plaintext = open(&from.bytes, &place, &row.secret)?;
    row.secret = seal(&to.bytes, &to.prefix(), &place, &plaintext)?;
    Ok(row)
}

async fn read_postgres(pool: &PgPool, from: &Key, after: &str) -> anyhow::Result<Vec<Found>> {
    let sql = "SELECT id, user_id, provider, secret, secret_epoch FROM user_integrations \
         WHERE key_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let query = sqlx::query(sql).bind(from.id.to_string()).bind(after).bind(PAGE);
    Ok(query.fetch_all(pool).await?.iter().map(found).collect::<Result<_, _>>()?)
}

async fn read_sqlite(pool: &SqlitePool, from: &Key, after: &str) -> anyhow::Result<Vec<Found>> {
    let sql = "SELECT id, user_id, provider, secret, secret_epoch FROM user_integrations \
         WHERE key_id = ? AND id > ? ORDER BY id LIMIT ?";
    let query = sqlx::query(sql).bind(from.id.to_string()).bind(after).bind(PAGE);
    Ok(query.fetch_all(pool).await?.iter().map(found).collect::<Result<_, _>>()?)
}

async fn write_postgres(pool: &PgPool, from: &Key, to: &Key, page: &[Found]) -> anyhow::Result<u64> {
    // The key is compared so that no plan begins with all rows of a key: it would be a hundred times the work.
    let sql = "UPDATE user_integrations AS t SET secret = p.secret, key_id = $4 \
         FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS p (id, epoch, secret) \
         WHERE t.id = p.id AND t.secret_epoch = p.epoch AND COALESCE(t.key_id, '') = $5";
    let query = sqlx::query(sql)
        .bind(page.iter().map(|row| row.id.as_str()).collect::<Vec<_>>())
        .bind(page.iter().map(|row| row.epoch).collect::<Vec<_>>())
        .bind(page.iter().map(|row| row.secret.as_slice()).collect::<Vec<_>>())
        .bind(to.id.to_string())
        .bind(from.id.to_string());
    Ok(query.execute(pool).await?.rows_affected())
}

async fn write_sqlite(pool: &SqlitePool, from: &Key, to: &Key, page: &[Found]) -> anyhow::Result<u64> {
    let sql = "UPDATE user_integrations SET secret = ?, key_id = ? \
         WHERE id = ? AND secret_epoch = ? AND key_id = ?";
    let (from, to, mut written) = (from.id.to_string(), to.id.to_string(), 0);
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    for row in page {
        let query = sqlx::query(sql).bind(&row.secret).bind(&to).bind(&row.id).bind(row.epoch).bind(&from);
        written += query.execute(&mut *transaction).await?.rows_affected();
    }
    transaction.commit().await?;
    Ok(written)
}
