//! Several statements that all happen or none.

#[cfg(feature = "sqlite")]
use crate::driver::Engine;
#[cfg(any(feature = "mysql", feature = "postgres"))]
use crate::lent::Lent;
use crate::{
    dialect::{self, Dialect},
    error::Failure,
    pool::on_engine,
    row::Record,
    statement::{Statement, Text},
    value::Values,
};

/// A transaction that writes. Dropping it undoes it.
pub(crate) enum SqlTransaction {
    #[cfg(feature = "mysql")]
    MySql(Lent<sqlx::MySql>),
    #[cfg(feature = "postgres")]
    Postgres(Lent<sqlx::Postgres>),
    #[cfg(feature = "sqlite")]
    Sqlite(Local),
}

impl SqlTransaction {
    pub(crate) async fn fetch<T: Record>(
        &mut self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<Vec<T>, Failure> {
        let text = self.text(statement)?;
        on_engine!(Self, self, transaction => transaction.fetch(text, values).await)
    }

    pub(crate) async fn execute(
        &mut self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<u64, Failure> {
        let text = self.text(statement)?;
        on_engine!(Self, self, transaction => transaction.execute(text, values).await)
    }

    /// Keeps what was written where the work succeeded, and undoes it where not: with a statement, as a dropped
    /// transaction costs a connection.
    pub(crate) async fn end<T>(self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        match outcome {
            Ok(value) => {
                on_engine!(Self, self, transaction => transaction.commit().await)?;
                Ok(value)
            }
            Err(Failure::Broken | Failure::Silent) => outcome,
            Err(failure) => {
                // The failure is what is told; a connection that cannot even undo is closed, which undoes.
                let _ = on_engine!(Self, self, transaction => transaction.rollback().await);
                Err(failure)
            }
        }
    }

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

    fn text(&self, statement: &'static Statement) -> Result<&'static Text, Failure> {
        statement.text(self.dialect()).ok_or_else(|| Failure::refused("dialect"))
    }
}

/// A transaction in this process. Its connection is not closed to undo it: a database in memory would go with it.
#[cfg(feature = "sqlite")]
pub(crate) struct Local(sqlx::Transaction<'static, sqlx::Sqlite>);

#[cfg(feature = "sqlite")]
impl Local {
    pub(crate) async fn begin(connection: sqlx::pool::PoolConnection<sqlx::Sqlite>) -> Result<Self, Failure> {
        let begin = sqlx::SqlStr::from_static(dialect::SQLITE.begin);
        Ok(Self(sqlx::Transaction::begin(connection, Some(begin)).await?))
    }

    async fn fetch<T: Record>(&mut self, text: &Text, values: Values<'_>) -> Result<Vec<T>, Failure> {
        <sqlx::Sqlite as Engine>::fetch(&mut self.0, text, values).await
    }

    async fn execute(&mut self, text: &Text, values: Values<'_>) -> Result<u64, Failure> {
        <sqlx::Sqlite as Engine>::execute(&mut self.0, text, values).await
    }

    async fn commit(self) -> Result<(), Failure> {
        Ok(self.0.commit().await?)
    }

    async fn rollback(mut self) -> Result<(), Failure> {
        // On a full disk SQLite has undone it by itself, and then refuses to undo it once more, which leaves the driver
        // within a transaction for good. Where it is still within one, it refuses to begin another, and nothing happens.
        let _ = sqlx::query("BEGIN").execute(&mut *self.0).await;
        Ok(self.0.rollback().await?)
    }
}
