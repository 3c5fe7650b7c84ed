use bailee::{ExposeSecret as _, SqlStore};

use crate::settings::Settings;

pub(crate) const DONE: &str = "the tables are up to date\n";

/// Opens the database and migrates it. The errors of the store hold neither its address nor its words.
pub(crate) async fn migrate(settings: &Settings) -> Result<(), String> {
    let url = settings.database_url.as_ref().ok_or("BAILEE_DATABASE_URL is not set")?;
    let store = SqlStore::open(url.expose_secret()).await.map_err(|error| error.to_string())?;
    let migrated = store.migrate().await.map_err(|error| error.to_string());
    store.close().await;
    migrated
}
