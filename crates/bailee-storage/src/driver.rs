//! What this crate does with a connection, for every driver by the same code.

use sqlx::{Encode, Executor, IntoArguments, Type, error::BoxDynError};

use crate::{
    error::Failure,
    row::{Cells, Columns, Record},
    statement::Text,
    value::{Column, Values},
};

/// A driver of ours.
pub(crate) trait Engine: Driver {
    /// Runs a statement and reads the rows that it answers with.
    fn fetch<T: Record>(
        connection: &mut Self::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> impl Future<Output = Result<Vec<T>, Failure>> + Send;

    /// Runs a statement of ours without values.
    #[cfg(any(feature = "mysql", feature = "postgres"))]
    fn run(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Runs a statement and tells how many rows it matched.
    fn execute(
        connection: &mut Self::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> impl Future<Output = Result<u64, Failure>> + Send;
}

impl<DB> Engine for DB
where
    DB: Driver,
    DB::Row: Columns,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'v> Option<&'v [u8]>: Encode<'v, DB> + Type<DB>,
    for<'v> Option<bool>: Encode<'v, DB> + Type<DB>,
    for<'v> Option<i64>: Encode<'v, DB> + Type<DB>,
    for<'v> Option<&'v str>: Encode<'v, DB> + Type<DB>,
{
    async fn fetch<T: Record>(
        connection: &mut DB::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> Result<Vec<T>, Failure> {
        let arguments = text.arguments::<DB>(values)?;
        let rows = sqlx::query_with(text.sql(), arguments).fetch_all(connection).await?;
        rows.iter().map(|row| Cells::record(row).map_err(Failure::from)).collect()
    }

    #[cfg(any(feature = "mysql", feature = "postgres"))]
    async fn run(connection: &mut DB::Connection, sql: &'static str) -> Result<(), Failure> {
        connection.execute(sql).await?;
        Ok(())
    }

    async fn execute(
        connection: &mut DB::Connection,
        text: &Text,
        values: Values<'_>,
    ) -> Result<u64, Failure> {
        let arguments = text.arguments::<DB>(values)?;
        let done = sqlx::query_with(text.sql(), arguments).execute(connection).await?;
        Ok(DB::matched(&done))
    }
}

/// What drivers have no trait for.
pub(crate) trait Driver: sqlx::Database {
    /// Whether a connection leads to another machine, which can fall silent without ending it.
    const REMOTE: bool;

    /// How many rows a statement matched. MySQL's counts matched rows, not changed ones, as sqlx asks for
    /// `CLIENT_FOUND_ROWS`.
    fn matched(done: &Self::QueryResult) -> u64;

    /// Adds a column of several rows as one parameter, where the dialect has arrays.
    fn add_column(_arguments: &mut Self::Arguments, _column: Column<'_>) -> Result<(), BoxDynError> {
        Err("this dialect has no arrays".into())
    }
}

#[cfg(feature = "mysql")]
impl Driver for sqlx::MySql {
    const REMOTE: bool = true;

    fn matched(done: &Self::QueryResult) -> u64 {
        done.rows_affected()
    }
}

#[cfg(feature = "postgres")]
impl Driver for sqlx::Postgres {
    const REMOTE: bool = true;

    fn matched(done: &Self::QueryResult) -> u64 {
        done.rows_affected()
    }

    fn add_column(arguments: &mut Self::Arguments, column: Column<'_>) -> Result<(), BoxDynError> {
        use sqlx::Arguments as _;
        match column {
            Column::Bytes(bytes) => arguments.add(bytes),
            Column::Int(ints) => arguments.add(ints),
            Column::Text(texts) => arguments.add(texts),
        }
    }
}

#[cfg(feature = "sqlite")]
impl Driver for sqlx::Sqlite {
    const REMOTE: bool = false;

    fn matched(done: &Self::QueryResult) -> u64 {
        done.rows_affected()
    }
}
