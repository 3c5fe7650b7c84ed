use std::time::Duration;

use bailee::{Bailee, ExposeSecret as _, KeyRing, SqlStore, event_stream, storage::SqlOptions};
use url::Url;

use crate::settings::Settings;

/// An operator's statement may go over all rows that there are, and holds up nobody who waits for a token.
const STATEMENT: Duration = Duration::from_hours(1);

/// Opens the database. The errors of the store hold neither its address nor its words.
pub(crate) async fn store(settings: &Settings) -> Result<SqlStore, String> {
    let url = settings.database_url.as_ref().ok_or("BAILEE_DATABASE_URL is not set")?;
    let options = SqlOptions::default().with_statement_timeout(STATEMENT);
    SqlStore::open_with(url.expose_secret(), options).await.map_err(|error| error.to_string())
}

/// The keys of the environment. Their errors never hold a key.
pub(crate) fn keys(settings: &Settings) -> Result<&KeyRing, String> {
    settings.keys.as_ref().map_err(ToString::to_string)
}

/// A host over the database, the keys and those providers that are configured in full. It serves nobody and runs no worker.
/// What it does is written down for the sinks of these names; the hosts deliver it.
pub(crate) async fn host(settings: &Settings, sinks: &[String]) -> Result<Bailee, String> {
    let (keys, store) = (keys(settings)?, store(settings).await?);
    // Nothing here sends a browser anywhere: an address is needed, and never used.
    let base_url = settings.base_url.as_deref().unwrap_or("http://localhost/");
    let base_url = Url::parse(base_url).map_err(|_| "BAILEE_BASE_URL is no address")?;
    let configured = settings.providers.as_ref().map_err(ToString::to_string)?;
    let offered = configured.iter().filter_map(|one| one.provider.as_ref().ok()?.clone());
    let mut builder = Bailee::builder(store, keys.clone()).base_url(base_url).providers(offered);
    for name in sinks {
        builder = builder.event_sink(event_stream(name, 1).0);
    }
    builder.build().map_err(|error| error.to_string())
}
