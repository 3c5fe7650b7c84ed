//! Rewraps the database of the first argument and stands still before the seal whose number is the second one: a process
//! to be killed in the middle. The key ring comes in `BAILEE_KEYS`.

use std::{io::Write as _, thread, time::Duration};

use anyhow::Context as _;
use bailee_engine::Bailee;
use bailee_storage::SqlStore;
use bailee_vault::KeyRing;
use rotation_tests::Interrupted;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context("the URL of a database")?;
    let number = arguments.next().context("the number of a seal")?.parse()?;
    let keys = Interrupted::before_seal(number, KeyRing::from_env("BAILEE_KEYS")?, || {
        // The parent waits for this line, and kills.
        let _ = std::io::stdout().write_all(b"standing still\n");
        loop {
            thread::sleep(Duration::from_mins(1));
        }
    });
    let bailee = Bailee::builder(SqlStore::open(&url).await?, keys)
        .base_url("https://backend.example".parse()?)
        .build()?;
    bailee.rewrap().await?;
    Ok(())
}
