//! The connections to whichever database it is, and the rules by which a statement runs a second time.

use std::{fmt, pin::Pin};

use bailee_core::StoreError;
use sea_orm::DatabaseConnection;
use sqlx::{Connection, Encode, Executor, IntoArguments, Pool, Transaction, Type, pool::PoolConnection};

use crate::{
    dialect::{self, Dialect},
    error::Failure,
    row::{Cells, Columns, Record},
    statement::{Statement, Text, Values},
};

/// A pool of the host, to be shared with [`SqlStore::from_pool`](crate::SqlStore::from_pool).
#[derive(Clone)]
#[non_exhaustive]
pub enum SqlPool {
    /// MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    MySql(sqlx::MySqlPool),
    /// PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    /// SQLite. Every connection must see the same database: a memory pool has one connection that never ends.
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
}

/// The engine only: connect options hold a password.
impl fmt::Debug for SqlPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqlPool").field(&self.dialect().name).finish()
    }
}

#[cfg(feature = "mysql")]
impl From<sqlx::MySqlPool> for SqlPool {
    fn from(pool: sqlx::MySqlPool) -> Self {
        Self::MySql(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for SqlPool {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::Postgres(pool)
    }
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for SqlPool {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::Sqlite(pool)
    }
}

/// Runs the same expression on the value of whichever variant there is.
macro_rules! on_engine {
    ($type:ident, $value:expr, $inner:ident => $body:expr) => {
        match $value {
            #[cfg(feature = "mysql")]
            $type::MySql($inner) => $body,
            #[cfg(feature = "postgres")]
            $type::Postgres($inner) => $body,
            #[cfg(feature = "sqlite")]
            $type::Sqlite($inner) => $body,
        }
    };
}

impl SqlPool {
    pub(crate) fn dialect(&self) -> &'static Dialect {
        match self {
            #[cfg(feature = "mysql")]
            Self::MySql(_) => &dialect::MYSQL,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => &dialect::POSTGRES,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => &dialect::SQLITE,
        }
    }

    /// Reads rows: one round trip on a connection that is taken unseen. When that one turns out to be broken, or
    /// another transaction stood in the way, a second try follows on a connection that answered.
    pub(crate) async fn fetch<T: Record>(
        &self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<Vec<T>, StoreError> {
        let text = self.text(statement)?;
        let mut check = false;
        loop {
            match on_engine!(Self, self, pool => fetch_once(pool, check, text, values).await) {
                Err(Failure::Broken | Failure::Contended) if !check => check = true,
                result => return Ok(result?),
            }
        }
    }

    /// Writes, and returns how many rows were matched. The connection answered just before, as a write whose answer is
    /// lost must not run again; only one that another transaction undid does, once.
    pub(crate) async fn execute(
        &self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<u64, StoreError> {
        let text = self.text(statement)?;
        match on_engine!(Self, self, pool => execute_once(pool, text, values).await) {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(on_engine!(Self, self, pool => execute_once(pool, text, values).await)?)
    }

    /// Begins a transaction that writes. Dropping it undoes it.
    pub(crate) async fn begin(&self) -> Result<SqlTransaction, Failure> {
        let begin = self.dialect().begin;
        Ok(match self {
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => SqlTransaction::MySql(begin_on(pool, begin).await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(pool) => SqlTransaction::Postgres(begin_on(pool, begin).await?),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(pool) => SqlTransaction::Sqlite(begin_on(pool, begin).await?),
        })
    }

    /// The same pool, as the migration tool takes it.
    pub(crate) fn orm(&self) -> DatabaseConnection {
        on_engine!(Self, self, pool => DatabaseConnection::from(pool.clone()))
    }

    /// As [`SqlPool::orm`], but where the lock of a migration belongs to its connection, a connection of its own: if the
    /// caller goes away in the middle, connection and lock end together.
    #[cfg_attr(not(feature = "mysql"), expect(clippy::unused_async, reason = "MySQL connects"))]
    pub(crate) async fn orm_for_migration(&self) -> Result<DatabaseConnection, Failure> {
        match self {
            #[cfg(feature = "mysql")]
            Self::MySql(pool) => {
                let options = pool.options().clone().min_connections(0).max_connections(1);
                let connect = pool.connect_options().as_ref().clone();
                Ok(options.connect_with(connect).await?.into())
            }
            #[cfg(any(feature = "postgres", feature = "sqlite"))]
            _ => Ok(self.orm()),
        }
    }

    pub(crate) async fn close(&self) {
        on_engine!(Self, self, pool => pool.close().await);
    }

    fn text(&self, statement: &'static Statement) -> Result<&'static Text, Failure> {
        statement.text(self.dialect()).ok_or_else(|| Failure::refused("dialect"))
    }
}

/// A transaction that writes.
pub(crate) enum SqlTransaction {
    #[cfg(feature = "mysql")]
    MySql(Transaction<'static, sqlx::MySql>),
    #[cfg(feature = "postgres")]
    Postgres(Transaction<'static, sqlx::Postgres>),
    #[cfg(feature = "sqlite")]
    Sqlite(Transaction<'static, sqlx::Sqlite>),
}

impl SqlTransaction {
    pub(crate) async fn fetch<T: Record>(
        &mut self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<Vec<T>, Failure> {
        let text = self.text(statement)?;
        on_engine!(Self, self, transaction => fetch_in(transaction, text, values).await)
    }

    pub(crate) async fn execute(
        &mut self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<u64, Failure> {
        let text = self.text(statement)?;
        on_engine!(Self, self, transaction => execute_in(transaction, text, values).await)
    }

    pub(crate) async fn commit(self) -> Result<(), Failure> {
        on_engine!(Self, self, transaction => transaction.commit().await)?;
        Ok(())
    }

    fn text(&self, statement: &'static Statement) -> Result<&'static Text, Failure> {
        let dialect = match self {
            #[cfg(feature = "mysql")]
            Self::MySql(_) => &dialect::MYSQL,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => &dialect::POSTGRES,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(_) => &dialect::SQLITE,
        };
        statement.text(dialect).ok_or_else(|| Failure::refused("dialect"))
    }
}

/// A connection, unseen. Boxed here: the future holds all that connecting may need, 3 KB, and those around it would hold it
/// once for each engine and each place that awaits.
fn acquire<DB: sqlx::Database>(
    pool: &Pool<DB>,
) -> Pin<Box<dyn Future<Output = Result<PoolConnection<DB>, sqlx::Error>> + Send>> {
    Box::pin(pool.acquire())
}

/// A connection that answered just now. Broken ones are dropped on the way: after a restart of the database there may be
/// as many of them as the pool holds.
async fn answering<DB: sqlx::Database>(pool: &Pool<DB>) -> Result<PoolConnection<DB>, Failure> {
    for _ in 0..=pool.size() {
        let mut connection = acquire(pool).await?;
        if connection.ping().await.is_ok() {
            return Ok(connection);
        }
        connection.close_on_drop();
    }
    Err(Failure::Broken)
}

async fn begin_on<DB: sqlx::Database>(
    pool: &Pool<DB>,
    begin: Option<&'static str>,
) -> Result<Transaction<'static, DB>, Failure> {
    let connection = answering(pool).await?;
    Ok(Transaction::begin(connection, begin.map(sqlx::SqlStr::from_static)).await?)
}

async fn fetch_once<DB: Engine, T: Record>(
    pool: &Pool<DB>,
    check: bool,
    text: &Text,
    values: Values<'_>,
) -> Result<Vec<T>, Failure> {
    let mut connection = if check { answering(pool).await? } else { acquire(pool).await? };
    let result = DB::fetch(&mut connection, text, values).await;
    if matches!(result, Err(Failure::Broken)) {
        connection.close_on_drop();
    }
    result
}

async fn execute_once<DB: Engine>(pool: &Pool<DB>, text: &Text, values: Values<'_>) -> Result<u64, Failure> {
    let mut connection = answering(pool).await?;
    let result = DB::execute(&mut connection, text, values).await;
    if matches!(result, Err(Failure::Broken)) {
        connection.close_on_drop();
    }
    result
}

async fn fetch_in<DB: Engine, T: Record>(
    transaction: &mut Transaction<'static, DB>,
    text: &Text,
    values: Values<'_>,
) -> Result<Vec<T>, Failure> {
    DB::fetch(transaction, text, values).await
}

async fn execute_in<DB: Engine>(
    transaction: &mut Transaction<'static, DB>,
    text: &Text,
    values: Values<'_>,
) -> Result<u64, Failure> {
    DB::execute(transaction, text, values).await
}

/// What this crate does with a connection, for every driver by the same code.
trait Engine: sqlx::Database {
    /// Runs a statement and reads the rows that it answers with.
    fn fetch<T: Record>(
        connection: &mut Self::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> impl Future<Output = Result<Vec<T>, Failure>> + Send;

    /// Runs a statement and tells how many rows it matched.
    fn execute(
        connection: &mut Self::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> impl Future<Output = Result<u64, Failure>> + Send;
}

impl<DB> Engine for DB
where
    DB: sqlx::Database,
    DB::Row: Columns,
    DB::QueryResult: Matched,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'v> Option<&'v [u8]>: Encode<'v, DB> + Type<DB>,
    for<'v> bool: Encode<'v, DB> + Type<DB>,
    for<'v> Option<i64>: Encode<'v, DB> + Type<DB>,
    for<'v> Option<&'v str>: Encode<'v, DB> + Type<DB>,
{
    async fn fetch<T: Record>(
        connection: &mut DB::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> Result<Vec<T>, Failure> {
        let arguments = text.arguments::<DB::Arguments>(values)?;
        let rows = sqlx::query_with(text.sql(), arguments).fetch_all(connection).await?;
        rows.iter().map(|row| Cells::record(row).map_err(Failure::from)).collect()
    }

    async fn execute(
        connection: &mut DB::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> Result<u64, Failure> {
        let arguments = text.arguments::<DB::Arguments>(values)?;
        let done = sqlx::query_with(text.sql(), arguments).execute(connection).await?;
        Ok(done.matched())
    }
}

/// How many rows a statement matched; drivers have no trait for it. MySQL's counts matched rows, not changed ones, as
/// sqlx asks for `CLIENT_FOUND_ROWS`.
trait Matched {
    fn matched(&self) -> u64;
}

#[cfg(feature = "mysql")]
impl Matched for sqlx::mysql::MySqlQueryResult {
    fn matched(&self) -> u64 {
        self.rows_affected()
    }
}

#[cfg(feature = "postgres")]
impl Matched for sqlx::postgres::PgQueryResult {
    fn matched(&self) -> u64 {
        self.rows_affected()
    }
}

#[cfg(feature = "sqlite")]
impl Matched for sqlx::sqlite::SqliteQueryResult {
    fn matched(&self) -> u64 {
        self.rows_affected()
    }
}
