//! What differs between the databases, as data. Nothing else in this crate asks which database it talks to, except
//! `pool`, which holds the connections.

/// How one engine spells what the others spell differently.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// The place of this dialect in the texts of a [`Statement`](crate::statement::Statement).
    pub(crate) slot: usize,
    /// For people.
    pub(crate) name: &'static str,
    /// The database's clock in epoch milliseconds, as a 64-bit integer, untouched by time zones.
    pub(crate) now: &'static str,
    /// The same, asked once for a whole statement, so that it may bound the scan of an index. Not for statements that wait
    /// for a lock: they look at a row again with the moment of before.
    pub(crate) now_once: &'static str,
    /// `$1, $2 …` instead of `?`.
    pub(crate) numbered: bool,
    /// How many rows one statement writes that is made for several; 1 where there is no such statement.
    pub(crate) rows: usize,
    /// Whether those come as one array a column, instead of written out.
    pub(crate) arrays: bool,
    /// What follows an insert into `owner_versions`: where the owner is there already, the version grows.
    pub(crate) or_raise: &'static str,
    /// What follows a query whose rows are about to be deleted: rows that somebody else has locked are not among them.
    pub(crate) skip_locked: &'static str,
    /// How a transaction that writes begins.
    pub(crate) begin: &'static str,
    /// Types and clauses of the migration.
    pub(crate) tables: TableDialect,
}

/// How tables are written.
#[derive(Debug)]
pub(crate) struct TableDialect {
    /// Bytes of any length.
    pub(crate) blob: &'static str,
    /// At most so many bytes.
    pub(crate) bytes: fn(u16) -> String,
    /// Text that is compared: to the byte, blanks and case included.
    pub(crate) key: fn(u16) -> String,
    /// Text that is only read.
    pub(crate) text: &'static str,
    /// What adds a column to a table. Where it cannot say "unless it is there", the migration does.
    pub(crate) add_column: &'static str,
    /// Whether indexes stand inside `CREATE TABLE`: where DDL commits by itself, a table must come with its indexes.
    pub(crate) inline_indexes: bool,
    /// Answers 1 where our history table is, in the schema where tables are created.
    pub(crate) exists: &'static str,
    /// What follows the closing parenthesis.
    pub(crate) suffix: &'static str,
    /// Waits until no other process migrates this database. Answers 1.
    pub(crate) lock: Option<&'static str>,
    /// Ends that, where the end of the transaction does not.
    pub(crate) unlock: Option<&'static str>,
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
const ON_CONFLICT_RAISE: &str = "ON CONFLICT (owner_key) DO UPDATE SET version = owner_versions.version + 1";

/// MySQL has it since 8.0.1, MariaDB since 10.6.
#[cfg(any(feature = "mysql", feature = "postgres"))]
const SKIP_LOCKED: &str = " FOR UPDATE SKIP LOCKED";

#[cfg(feature = "mysql")]
pub(crate) static MYSQL: Dialect = Dialect {
    slot: 0,
    name: "MySQL",
    now: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000",
    now_once: "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) DIV 1000",
    numbered: false,
    // There is one that MySQL and MariaDB share, of another form than that of the others.
    rows: 1,
    arrays: false,
    or_raise: "ON DUPLICATE KEY UPDATE version = owner_versions.version + 1",
    skip_locked: SKIP_LOCKED,
    begin: "BEGIN",
    tables: TableDialect {
        // A plain BLOB or TEXT ends at 64 KiB.
        blob: "LONGBLOB",
        bytes: |length| format!("VARBINARY({length})"),
        // Every collation that MySQL and MariaDB share folds case or ignores blanks at the end; bytes do neither.
        key: |length| format!("VARBINARY({length})"),
        text: "LONGTEXT",
        // MariaDB has IF NOT EXISTS here, and MySQL has not.
        add_column: "ADD COLUMN",
        inline_indexes: true,
        exists: "SELECT COUNT(*) AS found FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_name = 'bailee_migrations'",
        suffix: " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        lock: Some("SELECT GET_LOCK(CONCAT('bailee_', SHA1(DATABASE())), 60) AS locked"),
        unlock: Some("SELECT RELEASE_LOCK(CONCAT('bailee_', SHA1(DATABASE()))) AS locked"),
    },
};

#[cfg(feature = "postgres")]
pub(crate) static POSTGRES: Dialect = Dialect {
    slot: 1,
    name: "PostgreSQL",
    now: "(extract(epoch from clock_timestamp()) * 1000)::bigint",
    // The clock may tell another time for each row, and bounds no index then; a subselect is asked once.
    now_once: "(SELECT (extract(epoch from clock_timestamp()) * 1000)::bigint)",
    numbered: true,
    rows: 1_000,
    arrays: true,
    or_raise: ON_CONFLICT_RAISE,
    skip_locked: SKIP_LOCKED,
    begin: "BEGIN",
    tables: TableDialect {
        blob: "BYTEA",
        bytes: |_| "BYTEA".to_owned(),
        key: |length| format!("VARCHAR({length}) COLLATE \"C\""),
        text: "TEXT",
        add_column: "ADD COLUMN IF NOT EXISTS",
        inline_indexes: false,
        exists: "SELECT COUNT(*) AS found FROM pg_catalog.pg_tables \
                 WHERE schemaname = current_schema() AND tablename = 'bailee_migrations'",
        suffix: "",
        // The bytes of "bailee". Ends with the transaction, so that a pooler in transaction mode may stand between.
        lock: Some(
            "SELECT CASE WHEN pg_advisory_xact_lock(108170520061285) IS NULL THEN 0::bigint ELSE 1::bigint END AS locked",
        ),
        unlock: None,
    },
};

#[cfg(feature = "sqlite")]
pub(crate) static SQLITE: Dialect = Dialect {
    slot: 2,
    name: "SQLite",
    // `unixepoch('now', 'subsec')` is NULL before SQLite 3.42.
    now: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    now_once: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    numbered: false,
    // Each statement costs the way to the driver's thread and back; beyond this, nothing is gained.
    rows: 50,
    arrays: false,
    or_raise: ON_CONFLICT_RAISE,
    // There is one writer at a time.
    skip_locked: "",
    // A transaction that first reads and then writes fails when another one wrote in between.
    begin: "BEGIN IMMEDIATE",
    tables: TableDialect {
        blob: "BLOB",
        bytes: |_| "BLOB".to_owned(),
        key: |_| "TEXT".to_owned(),
        text: "TEXT",
        add_column: "ADD COLUMN",
        inline_indexes: false,
        exists: "SELECT COUNT(*) AS found FROM sqlite_master WHERE type = 'table' AND name = 'bailee_migrations'",
        suffix: "",
        // The migration's transaction is the only writer.
        lock: None,
        unlock: None,
    },
};
