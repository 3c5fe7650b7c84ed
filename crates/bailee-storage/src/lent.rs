//! Connections that do not go back to their pool while a server owes them an answer.
//!
//! A server can fall silent and leave its connections open: its machine is gone, the network between broke, or it hangs.
//! A driver waits for the answer without an end, and so does a pool, which puts a question to every connection that comes
//! back. So an answer is waited for so long and no longer, and a connection that is owed one is closed; also when it was
//! the caller who went away.

use std::sync::Arc;

use sqlx::{Connection as _, pool::PoolConnection};
use tokio::runtime::Handle;

use crate::{driver::Engine, error::Failure, row::Record, statement::Text, value::Values, watch::Watch};

/// A connection of a pool.
pub(crate) struct Lent<DB: Engine> {
    connection: PoolConnection<DB>,
    watch: Arc<Watch>,
    /// Between `begin` and its end: what was written is undone with the connection.
    open: bool,
    /// It must not go back.
    owing: bool,
}

impl<DB: Engine> Lent<DB> {
    /// Its answers are waited for under this watch, where another machine gives them.
    pub(crate) const fn new(connection: PoolConnection<DB>, watch: Arc<Watch>) -> Self {
        Self { connection, watch, open: false, owing: false }
    }

    /// Asks it whether it is there.
    pub(crate) async fn ping(&mut self) -> Result<(), Failure> {
        self.owing = DB::REMOTE;
        let answer = async { self.connection.ping().await.map_err(|_| Failure::Broken) };
        let answered = in_time::<DB, _>(&self.watch, answer).await;
        self.settle(answered)
    }

    pub(crate) async fn fetch<T: Record>(
        &mut self,
        text: &Text,
        values: Values<'_>,
    ) -> Result<Vec<T>, Failure> {
        self.owing = DB::REMOTE;
        let answered = in_time::<DB, _>(&self.watch, DB::fetch(&mut self.connection, text, values)).await;
        self.settle(answered)
    }

    pub(crate) async fn execute(&mut self, text: &Text, values: Values<'_>) -> Result<u64, Failure> {
        self.owing = DB::REMOTE;
        let answered = in_time::<DB, _>(&self.watch, DB::execute(&mut self.connection, text, values)).await;
        self.settle(answered)
    }

    fn settle<T>(&mut self, answered: Result<T, Failure>) -> Result<T, Failure> {
        self.owing = matches!(answered, Err(Failure::Broken | Failure::Silent));
        answered
    }
}

/// Transactions on another machine.
#[cfg(any(feature = "mysql", feature = "postgres"))]
impl<DB: Engine> Lent<DB> {
    /// Begins a transaction. A connection that is dropped before its end is closed, which undoes it.
    pub(crate) async fn begin(mut self, sql: &'static str) -> Result<Self, Failure> {
        self.open = true;
        self.run(sql).await?;
        Ok(self)
    }

    pub(crate) async fn commit(mut self) -> Result<(), Failure> {
        self.run("COMMIT").await?;
        self.open = false;
        Ok(())
    }

    pub(crate) async fn rollback(mut self) -> Result<(), Failure> {
        self.run("ROLLBACK").await?;
        self.open = false;
        Ok(())
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), Failure> {
        self.owing = DB::REMOTE;
        let answered = in_time::<DB, _>(&self.watch, DB::run(&mut self.connection, sql)).await;
        self.settle(answered)
    }
}

impl<DB: Engine> Drop for Lent<DB> {
    fn drop(&mut self) {
        if self.open || self.owing {
            self.connection.close_on_drop();
        } else if DB::REMOTE
            && let Ok(runtime) = Handle::try_current()
        {
            // As the pool would by itself, which asks the server once more, but not without an end. A connection that is
            // not back in time is closed, and makes room for another. (sqlx hides the method in its documentation, and
            // offers no other way.)
            let (watch, return_to_pool) = (Arc::clone(&self.watch), self.connection.return_to_pool());
            runtime.spawn(async move { watch.answer(return_to_pool).await });
        }
    }
}

/// Costs nothing where no other machine answers.
async fn in_time<DB: Engine, T>(
    watch: &Arc<Watch>,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    if DB::REMOTE { watch.answer(answer).await.unwrap_or(Err(Failure::Silent)) } else { answer.await }
}
