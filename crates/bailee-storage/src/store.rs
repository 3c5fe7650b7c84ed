use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bailee_core::{Announcement, StoreError};
use tokio::time::timeout;

use crate::{
    SqlOptions, SqlPool, entity::Number, error::Failure, migration, pool::Connections, row::Record,
    statement::Statement, value::Values, version::write_and_raise, watch::Watch,
};

static NOW: Statement = Statement::new("SELECT {now}");

/// Everything that bailee keeps, in one database. Cloning shares the connections.
///
/// Opening never changes the database: until [`SqlStore::migrate`] has run, every method of a store answers
/// [`StoreError::SchemaOutdated`].
///
/// ```
/// use bailee_core::{IntegrationStore, Owner};
/// use bailee_storage::SqlStore;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let store = SqlStore::open("sqlite::memory:").await?;
/// store.migrate().await?;
/// assert!(store.list(&Owner::user("u1")?, None, 50).await?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqlStore {
    shared: Arc<Shared>,
}

struct Shared {
    /// For statements that only read.
    reader: Connections,
    /// For the others. The same, save in a SQLite file, which has one writer at a time.
    writer: Connections,
    /// The schema was seen to be complete. It never becomes incomplete again.
    migrated: AtomicBool,
}

impl SqlStore {
    /// A store over connections of the host.
    ///
    /// # Behaviour
    /// - Nothing is changed in them: a SQLite pool should have write-ahead logging, a busy timeout and
    ///   `synchronous = FULL`, as [`SqlStore::open`] sets them; a MySQL pool keeps sqlx's `CLIENT_FOUND_ROWS`.
    /// - On PostgreSQL the tables are those of the first schema of the pool's `search_path`.
    /// - A server that does not answer a statement within ten seconds is unavailable, as with
    ///   [`SqlOptions::with_statement_timeout`].
    ///
    /// ```
    /// use bailee_storage::SqlStore;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// let pool = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    /// let store = SqlStore::from_pool(pool.clone());
    /// store.migrate().await?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn from_pool(pool: impl Into<SqlPool>) -> Self {
        let pool = pool.into();
        Self::of(pool.clone(), pool, SqlOptions::default().statement_timeout)
    }

    pub(crate) fn of(reader: SqlPool, writer: SqlPool, limit: Duration) -> Self {
        let watch = Watch::new(limit);
        let [reader, writer] = [reader, writer].map(|pool| Connections { pool, watch: Arc::clone(&watch) });
        Self { shared: Arc::new(Shared { reader, writer, migrated: AtomicBool::new(false) }) }
    }

    /// What [`SqlStore::migrate`] would execute on this database, one statement each, and nothing when it is up to date:
    /// for operators who run such things by themselves. It only reads.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Backend`].
    pub async fn pending_sql(&self) -> Result<Vec<String>, StoreError> {
        Ok(migration::pending_sql(&self.shared.writer.pool).await?)
    }

    /// Brings the tables up to date, in the history table `bailee_migrations`.
    ///
    /// # Behaviour
    /// - Nothing pending: two reads and no lock.
    /// - Of several processes one does the work; the others wait for it, and all succeed.
    /// - Steps of a newer version are left alone.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when another migration holds the lock for longer than a minute, or the database cannot
    /// be reached; [`StoreError::Backend`] when it refuses a step, for example for lack of the right to create tables.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        migration::migrate(&self.shared.writer.pool).await?;
        self.shared.migrated.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Ends the connections once their statements are done. Later calls answer [`StoreError::Unavailable`].
    ///
    /// # Behaviour
    /// - Closes a pool that came from [`SqlStore::from_pool`] for the host too.
    pub async fn close(&self) {
        self.shared.writer.pool.close().await;
        self.shared.reader.pool.close().await;
    }

    /// For statements that only read.
    pub(crate) async fn reader(&self) -> Result<&Connections, StoreError> {
        self.migrated().await?;
        Ok(&self.shared.reader)
    }

    /// For statements that write.
    pub(crate) async fn writer(&self) -> Result<&Connections, StoreError> {
        self.migrated().await?;
        Ok(&self.shared.writer)
    }

    /// Writes at most one row, and tells whether it did.
    pub(crate) async fn write_one(
        &self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<bool, StoreError> {
        Ok(self.writer().await?.execute(statement, values).await? == 1)
    }

    /// The one row of a statement, or none.
    pub(crate) async fn read_one<T: Record>(
        &self,
        statement: &'static Statement,
        values: Values<'_>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.reader().await?.fetch(statement, values).await?.pop())
    }

    /// Writes at most one row and reads it as it then is; `None` where nothing was written. One transaction, so that what
    /// is read is what was written here; where it is said, it raises the owner's version and announces too. All take the
    /// same values.
    pub(crate) async fn write_and_read<T: Record>(
        &self,
        write: &'static Statement,
        read: &'static Statement,
        raise: Option<(&'static Statement, Option<&Announcement>)>,
        values: Values<'_>,
    ) -> Result<Option<T>, StoreError> {
        match self.try_write_and_read(write, read, raise, values).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.try_write_and_read(write, read, raise, values).await?)
    }

    async fn try_write_and_read<T: Record>(
        &self,
        write: &'static Statement,
        read: &'static Statement,
        raise: Option<(&'static Statement, Option<&Announcement>)>,
        values: Values<'_>,
    ) -> Result<Option<T>, Failure> {
        let mut transaction = self.writer().await?.begin().await?;
        let written = match raise {
            Some((raise, announcement)) => {
                write_and_raise(&mut transaction, write, raise, values, announcement).await
            }
            None => transaction.execute(write, values).await.map(|rows| rows > 0),
        };
        let record = match written {
            Ok(true) => transaction.fetch(read, values).await.map(|mut rows| rows.pop()),
            Ok(false) => Ok(None),
            Err(failure) => Err(failure),
        };
        transaction.end(record).await
    }

    /// The database's clock.
    pub(crate) async fn now(&self) -> Result<i64, StoreError> {
        let now: Option<Number> = self.read_one(&NOW, &[]).await?;
        now.map(|now| now.0).ok_or_else(|| StoreError::Backend { code: "clock".to_owned() })
    }

    async fn migrated(&self) -> Result<(), StoreError> {
        if self.shared.migrated.load(Ordering::Relaxed) {
            return Ok(());
        }
        // Boxed: its future is large, and would be moved with that of every statement.
        let writer = &self.shared.writer;
        let look = Box::pin(timeout(writer.watch.limit(), migration::pending(&writer.pool)));
        match look.await.unwrap_or(Err(Failure::Silent))? {
            0 => {
                self.shared.migrated.store(true, Ordering::Relaxed);
                Ok(())
            }
            pending => Err(StoreError::SchemaOutdated { pending }),
        }
    }
}

/// The engine only.
impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").field("pool", &self.shared.writer.pool).finish_non_exhaustive()
    }
}
