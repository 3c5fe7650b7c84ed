//! A new key for what an older one has sealed, while the users go on: `cargo run -p key-rotation`.
//!
//! The provider is a mock on this machine; nothing leaves it. The program fails when anything is not as it says.
#![expect(clippy::print_stdout, reason = "an example that tells what it does")]

mod host;
mod traffic;

use std::{fs, num::NonZeroU32, path::Path, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use bailee::{Bailee, ExposeSecret as _, KeyRing, SecretString, TokenError, VaultError, vault::RingEntropy};
use bailee_testkit::MockGoogle;

use crate::{host::Hosts, traffic::Traffic};

const USERS: usize = 60;

#[tokio::main]
async fn main() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let hosts = Hosts::open(MockGoogle::start().await?, directory.path()).await?;
    let (old, new) = (new_key("the old key")?, new_key("the new key")?);

    let before = hosts.host(&[&old])?;
    let owners = hosts.connect(&before, USERS).await?;
    println!("\n1. {USERS} users connected an account; the old key sealed everything:");
    status(&before).await?;

    println!(
        "\n2. In every process the new key is added behind the old one: it opens, and the old one still seals."
    );
    let opens = hosts.host(&[&old, &new])?;
    println!(
        "3. In every process it is moved to the front: it seals. Processes of both steps serve meanwhile."
    );
    let seals = hosts.host(&[&new, &old])?;
    let traffic = Traffic::begin([opens, seals.clone()], &owners);

    println!("4. What the old key has sealed is sealed again, 100 records a second:");
    let done =
        seals.rewrap_with(NonZeroU32::new(100), |far| println!("   {} of {}", far.done(), far.total)).await?;
    let reads = traffic.end().await?;
    println!("   {} records are done. {reads} reads meanwhile, and none failed.", done.rewrapped);
    ensure!(done.unreadable == 0, "every record opened");
    status(&seals).await?;
    let primary = kid(&new)?;
    let counts = seals.records_by_key().await?;
    ensure!(counts.iter().all(|count| count.key == Some(primary)), "the old key is still in use");

    println!("\n5. The old key is dropped. Everybody is there:");
    let after = hosts.host(&[&new])?;
    for owner in &owners {
        after.token(owner, "google").await?;
    }
    println!("   {} tokens read with the new key alone.", owners.len());

    println!("\n6. A thief has the old key and a copy of the database of now:");
    let stolen = tempfile::tempdir()?;
    copy(directory.path(), stolen.path())?;
    let thief = Hosts::open(MockGoogle::start().await?, stolen.path()).await?.host(&[&old])?;
    let owner = owners.first().context("an owner")?;
    let told = thief.token(owner, "google").await.err().context("it opened")?;
    ensure!(told == TokenError::Vault(VaultError::KeyUnavailable { kid: primary }), "{told}");
    println!("   {told}.");
    println!(
        "   A copy of before the rewrap opens with the old key for ever: after a theft, revoke the tokens too,"
    );
    println!("   with `Bailee::revoke_all` or `bailee revoke-all`.");
    Ok(())
}

fn new_key(name: &str) -> Result<SecretString> {
    let (ring, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    println!("{name} is {ring:?}");
    Ok(key)
}

fn kid(key: &SecretString) -> Result<bailee::KeyId> {
    KeyRing::parse(key.expose_secret())?.kids().next().context("a ring has a key")
}

/// What `bailee keys status` tells.
async fn status(bailee: &Bailee) -> Result<()> {
    for count in bailee.records_by_key().await? {
        let key = count.key.map(|key| key.to_string()).unwrap_or_default();
        println!("   {:<17}  {key}  {:>4} records", count.table.as_str(), count.records);
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in fs::read_dir(from)? {
        let file = file?;
        fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}
