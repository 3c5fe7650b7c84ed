//! Opens the database of its only argument and migrates it: one of several processes that do so at once.

use anyhow::Context as _;
use bailee_storage::SqlStore;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).context("the URL of a database")?;
    SqlStore::open(&url).await?.migrate().await?;
    Ok(())
}
