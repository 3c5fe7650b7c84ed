//! What drivers say, rebuilt as what callers learn. Messages of databases repeat values, so only codes are kept.

use bailee_core::StoreError;

/// Why a statement did not run, before it is decided whether it runs again.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The connection is gone; the statement may have run.
    Broken,
    /// Another transaction stood in the way and this one was undone: it may run again.
    Contended,
    /// It would fail again.
    Final(StoreError),
    /// The server did not answer in time; the statement may have run, and may yet. Another connection to it would be as
    /// silent.
    Silent,
}

impl Failure {
    pub(crate) fn refused(code: &str) -> Self {
        Self::Final(StoreError::Backend { code: code.to_owned() })
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Broken | Failure::Contended | Failure::Silent => Self::Unavailable,
            Failure::Final(error) => error,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Final(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&sqlx::Error> for Failure {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(refusal) => of_database(refusal.as_ref()),
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => Self::Broken,
            sqlx::Error::PoolClosed | sqlx::Error::PoolTimedOut => Self::Final(StoreError::Unavailable),
            _ => Self::refused("driver"),
        }
    }
}

impl From<sea_orm::DbErr> for Failure {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        match error {
            DbErr::ConnectionAcquire(_) => Self::Final(StoreError::Unavailable),
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Self::from(error.as_ref()),
            _ => Self::refused("migration"),
        }
    }
}

fn of_database(refusal: &dyn sqlx::error::DatabaseError) -> Failure {
    if refusal.is_unique_violation() {
        return Failure::Final(StoreError::Conflict);
    }
    let code = code(refusal);
    match code.as_str() {
        // PostgreSQL: serialization failure, deadlock.
        "40001" | "40P01"
        // MySQL: lock wait timeout, deadlock.
        | "1205" | "1213"
        // SQLite: BUSY and LOCKED with their extensions.
        | "5" | "6" | "261" | "262" | "517" | "518" | "773" => Failure::Contended,
        // MySQL: server shutdown, connection killed.
        "1053" | "1927"
        // PostgreSQL, MySQL: the server only reads since a fail-over; a new connection finds the one that writes.
        | "25006" | "1290" | "1836" => Failure::Broken,
        // Too many connections.
        "1040" | "53300"
        // A time limit that the host has set for statements and locks: PostgreSQL, MariaDB, MySQL.
        | "57014" | "55P03" | "1317" | "1969" | "3024" => Failure::Final(StoreError::Unavailable),
        // PostgreSQL, classes 08 and 57P: the server ends the connection.
        state if state.len() == 5 && (state.starts_with("08") || state.starts_with("57P")) => Failure::Broken,
        _ => Failure::Final(StoreError::Backend { code }),
    }
}

/// The SQLSTATE, or the number where that says more: letters, digits and nothing else.
pub(crate) fn code(refusal: &dyn sqlx::error::DatabaseError) -> String {
    #[cfg(feature = "mysql")]
    if let Some(error) = refusal.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return error.number().to_string();
    }
    refusal.code().map(|code| code.chars().filter(char::is_ascii_alphanumeric).collect()).unwrap_or_default()
}
