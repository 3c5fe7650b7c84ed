use crate::{host, settings::Settings};

pub(crate) const DONE: &str = "the tables are up to date\n";

/// Opens the database and migrates it.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), String> {
    let store = host::store(settings).await?;
    let migrated = store.migrate().await.map_err(|error| error.to_string());
    store.close().await;
    migrated
}

/// What [`migrate`] would execute, as a script.
pub(crate) async fn print(settings: &Settings) -> Result<String, String> {
    let store = host::store(settings).await?;
    let statements = store.pending_sql().await.map_err(|error| error.to_string());
    store.close().await;
    Ok(statements?.into_iter().map(|statement| statement + ";\n").collect())
}
