//! The connections to whichever database it is, and the rules by which a statement runs a second time.

use std::{fmt, pin::Pin, sync::Arc};

use bailee_core::StoreError;
use sea_orm::DatabaseConnection;
use sqlx::{Pool, pool::PoolConnection};

#[cfg(feature = "sqlite")]
use crate::transaction::Local;
use crate::{
    dialect::{self, Dialect},
    driver::Engine,
    error::Failure,
    lent::Lent,
    row::Record,
    statement::{Statement, Text},
    transaction::SqlTransaction,
    value::Values,
    watch::Watch,
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
pub(crate) use on_engine;

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
}

/// A pool, and who gives up on its server.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pub(crate) pool: SqlPool,
    pub(crate) watch: Arc<Watch>,
}

impl Connections {
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
            match on_engine!(SqlPool, &self.pool, pool => fetch_once(pool, &self.watch, check, text, values).await)
            {
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
        match on_engine!(SqlPool, &self.pool, pool => execute_once(pool, &self.watch, text, values).await) {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(on_engine!(SqlPool, &self.pool, pool => execute_once(pool, &self.watch, text, values).await)?)
    }

    /// Begins a transaction that writes.
    pub(crate) async fn begin(&self) -> Result<SqlTransaction, Failure> {
        #[cfg(any(feature = "mysql", feature = "postgres"))]
        let begin = self.pool.dialect().begin;
        Ok(match &self.pool {
            #[cfg(feature = "mysql")]
            SqlPool::MySql(pool) => {
                SqlTransaction::MySql(answering(pool, &self.watch).await?.begin(begin).await?)
            }
            #[cfg(feature = "postgres")]
            SqlPool::Postgres(pool) => {
                SqlTransaction::Postgres(answering(pool, &self.watch).await?.begin(begin).await?)
            }
            #[cfg(feature = "sqlite")]
            SqlPool::Sqlite(pool) => SqlTransaction::Sqlite(Local::begin(acquire(pool).await?).await?),
        })
    }

    fn text(&self, statement: &'static Statement) -> Result<&'static Text, Failure> {
        statement.text(self.pool.dialect()).ok_or_else(|| Failure::refused("dialect"))
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
async fn answering<DB: Engine>(pool: &Pool<DB>, watch: &Arc<Watch>) -> Result<Lent<DB>, Failure> {
    for _ in 0..=pool.size() {
        let mut connection = Lent::new(acquire(pool).await?, Arc::clone(watch));
        match connection.ping().await {
            Err(Failure::Broken) => {}
            answered => return answered.map(|()| connection),
        }
    }
    Err(Failure::Broken)
}

async fn fetch_once<DB: Engine, T: Record>(
    pool: &Pool<DB>,
    watch: &Arc<Watch>,
    check: bool,
    text: &Text,
    values: Values<'_>,
) -> Result<Vec<T>, Failure> {
    let mut connection = if check {
        answering(pool, watch).await?
    } else {
        Lent::new(acquire(pool).await?, Arc::clone(watch))
    };
    connection.fetch(text, values).await
}

async fn execute_once<DB: Engine>(
    pool: &Pool<DB>,
    watch: &Arc<Watch>,
    text: &Text,
    values: Values<'_>,
) -> Result<u64, Failure> {
    answering(pool, watch).await?.execute(text, values).await
}
