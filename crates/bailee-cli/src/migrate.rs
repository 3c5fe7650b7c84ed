use bailee::{ExposeSecret as _, SqlStore};

use crate::settings::Settings;

pub(crate) const DONE: &str = "the tables are up to date\n";

/// Opens the database and migrates it. The errors of the store hold neither its address nor its words.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), String> {
    let store = open(settings).await?;
    let migrated = store.migrate().await.map_err(|error| error.to_string());
    store.close().await;
    migrated
}

/// What [`migrate`] would execute, as a script.
pub(crate) async fn print(settings: &Settings) -> Result<String, String> {
    let store = open(settings).await?;
    let statements = store.pending_sql().await.map_err(|error| error.to_string());
    store.close().await;
    Ok(statements?.into_iter().map(|statement| statement + ";\n").collect())
}

async fn open(settings: &Settings) -> Result<SqlStore, String> {
    let url = settings.database_url.as_ref().ok_or("BAILEE_DATABASE_URL is not set")?;
    SqlStore::open(url.expose_secret()).await.map_err(|error| error.to_string())
}
