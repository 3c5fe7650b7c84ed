//! The tables, step by step, in our own history table beside the host's.

mod m20261121_000001_first_tables;
mod m20261121_000002_permissions_and_records;
mod m20261121_000003_agents_door;
mod m20261121_000004_events;
mod m20261121_000005_connected;
mod table;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbErr, DynIden, Schema, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, async_trait, sea_query::IntoIden,
    seaql_migrations,
};

use bailee_core::StoreError;

use crate::{dialect::Dialect, error::Failure, pool::SqlPool};

/// Not the host's `seaql_migrations`.
const HISTORY: &str = "bailee_migrations";

/// How often a migration that another one undid is tried again.
const TRIES: u32 = 5;

/// Our steps.
struct Steps(&'static Dialect);

impl Steps {
    fn all(&self) -> [Step; 5] {
        use m20261121_000001_first_tables as first_tables;
        use m20261121_000002_permissions_and_records as permissions_and_records;
        use m20261121_000003_agents_door as agents_door;
        use m20261121_000004_events as events;
        use m20261121_000005_connected as connected;
        let tables = &self.0.tables;
        [
            Step { name: first_tables::NAME, statements: first_tables::statements(tables) },
            Step {
                name: permissions_and_records::NAME,
                statements: permissions_and_records::statements(tables),
            },
            Step { name: agents_door::NAME, statements: agents_door::statements(tables) },
            Step { name: events::NAME, statements: events::statements(tables) },
            Step { name: connected::NAME, statements: connected::statements(tables) },
        ]
    }
}

impl MigratorTraitSelf for Steps {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        self.all().into_iter().map(|step| Box::new(step) as Box<dyn MigrationTrait>).collect()
    }

    fn migration_table_name(&self) -> DynIden {
        HISTORY.into_iden()
    }
}

/// How many of our steps this database lacks. Steps that we do not know are a newer version's, and fit older ones.
pub(crate) async fn pending(pool: &SqlPool) -> Result<usize, Failure> {
    Steps(pool.dialect()).pending(&pool.orm()).await
}

/// What applying would execute, each step with its line in the history. Empty when nothing is pending.
pub(crate) async fn pending_sql(pool: &SqlPool) -> Result<Vec<String>, Failure> {
    let (steps, orm) = (Steps(pool.dialect()), pool.orm());
    let applied = steps.applied(&orm).await?;
    let mut statements = Vec::new();
    for step in steps.all().into_iter().filter(|step| !applied.iter().any(|name| name == step.name)) {
        if statements.is_empty() {
            statements.push(history(&orm));
        }
        statements.extend(step.statements);
        // In seconds.
        let applied_at = format!("({}) / 1000", steps.0.now);
        let (table, name) = (HISTORY, step.name);
        statements.push(format!("INSERT INTO {table} (version, applied_at) VALUES ('{name}', {applied_at})"));
    }
    Ok(statements)
}

/// Our history table, as the migrator makes it.
fn history(connection: &impl ConnectionTrait) -> String {
    let backend = connection.get_database_backend();
    let mut table = Schema::new(backend).create_table_from_entity(seaql_migrations::Entity);
    backend.build(table.table(HISTORY).if_not_exists()).sql
}

/// Applies what is pending. Of several processes one does it, and the others wait.
pub(crate) async fn migrate(pool: &SqlPool) -> Result<(), StoreError> {
    if pending(pool).await? == 0 {
        return Ok(());
    }
    for _ in 1..TRIES {
        match apply(pool).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
    }
    Ok(apply(pool).await?)
}

async fn apply(pool: &SqlPool) -> Result<(), Failure> {
    let steps = Steps(pool.dialect());
    let connection = pool.orm_for_migration().await?;
    let transaction = connection
        .begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        })
        .await?;
    steps.lock(&transaction).await?;
    let applied = steps.apply(&transaction).await;
    steps.unlock(&transaction).await?;
    applied?;
    transaction.commit().await?;
    Ok(())
}

impl Steps {
    async fn pending<C: ConnectionTrait>(&self, connection: &C) -> Result<usize, Failure> {
        let applied = self.applied(connection).await?;
        let steps = self.migrations();
        let pending = steps.iter().filter(|step| !applied.iter().any(|name| name == step.name()));
        Ok(pending.count())
    }

    async fn applied<C: ConnectionTrait>(&self, connection: &C) -> Result<Vec<String>, Failure> {
        let exists = self.ask(connection, self.0.tables.exists, "found").await?;
        if exists == 0 {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT version FROM {HISTORY}");
        let rows =
            connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await?;
        rows.iter().map(|row| row.try_get::<String>("", "version").map_err(Failure::from)).collect()
    }

    async fn apply(&self, transaction: &DatabaseTransaction) -> Result<(), Failure> {
        // Somebody else may have done it while we waited for the lock.
        if self.pending(transaction).await? > 0 {
            self.up(transaction, None).await?;
        }
        Ok(())
    }

    async fn lock<C: ConnectionTrait>(&self, connection: &C) -> Result<(), Failure> {
        match self.0.tables.lock {
            Some(sql) if self.ask(connection, sql, "locked").await? != 1 => {
                Err(Failure::Final(StoreError::Unavailable))
            }
            _ => Ok(()),
        }
    }

    async fn unlock<C: ConnectionTrait>(&self, connection: &C) -> Result<(), Failure> {
        if let Some(sql) = self.0.tables.unlock {
            self.ask(connection, sql, "locked").await?;
        }
        Ok(())
    }

    /// One number.
    async fn ask<C: ConnectionTrait>(&self, connection: &C, sql: &str, column: &str) -> Result<i64, Failure> {
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await?;
        let row = row.ok_or_else(|| Failure::refused("migration"))?;
        Ok(row.try_get("", column)?)
    }
}

/// One step: statements that may run again, as MySQL cannot undo the half of a step.
struct Step {
    name: &'static str,
    statements: Vec<String>,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    #[expect(elided_lifetimes_in_paths, reason = "the trait declares it so, and the lifetimes must agree")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in &self.statements {
            match manager.get_connection().execute_unprepared(sql).await {
                Err(error) if !is_there_already(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A column that a step adds is there: the step was cut off after it. MySQL and SQLite cannot say so in the statement.
fn is_there_already(error: &DbErr) -> bool {
    error.to_string().to_ascii_lowercase().contains("duplicate column name")
}
