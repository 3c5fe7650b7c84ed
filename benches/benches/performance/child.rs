//! What processes of their own do, told by their arguments: `child <what> <database>`, with the keys in `BAILEE_KEYS`.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};
use bailee_core::{ClientId, ClientRegistration, ExposeSecret as _, SecretString};
use bailee_engine::Bailee;
use bailee_providers::Google;
use bailee_storage::SqlStore;
use bailee_vault::KeyRing;
use benches::{Hand, World, owner};

use crate::{idle, memory};

/// The variable of the environment with the key ring.
pub(crate) const KEYS: &str = "BAILEE_KEYS";

/// Starts a process that does this with the database of a world, hands each of its lines on, and waits for its end.
pub(crate) fn run(
    what: &str,
    world: &World,
    mut heard: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut child = Command::new(std::env::current_exe()?)
        .args(["child", what, &world.url])
        .env(KEYS, world.printable.expose_secret())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(child.stdout.take().context("its output")?);
    for line in lines.lines() {
        heard(&line?)?;
    }
    if !child.wait()?.success() {
        bail!("a process that was to do `{what}` failed");
    }
    Ok(())
}

/// Is such a process.
pub(crate) fn be(what: &str, url: &str) -> anyhow::Result<()> {
    let runtime = crate::runtime()?;
    match what {
        "bare" => runtime.block_on(idle::bare(url)),
        "hand" => runtime.block_on(by_hand(url)),
        "idle" => runtime.block_on(idle::facade(url)),
        "ours" => runtime.block_on(ours(url)),
        "used" => runtime.block_on(memory::used(url)),
        _ => bail!("a process cannot do this"),
    }
}

/// One line, at once.
#[expect(clippy::print_stdout, reason = "how a process tells its parent")]
pub(crate) fn say(line: impl std::fmt::Display) -> anyhow::Result<()> {
    println!("{line}");
    Ok(std::io::stdout().flush()?)
}

pub(crate) async fn host(url: &str) -> anyhow::Result<Bailee> {
    let store = SqlStore::open(url).await?;
    let google =
        Google::new(ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret")))?;
    Ok(Bailee::builder(store, KeyRing::from_env(KEYS)?)
        .base_url("https://backend.example".parse()?)
        .provider(google)
        .build()?)
}

/// The first token of a process.
async fn ours(url: &str) -> anyhow::Result<()> {
    host(url).await?.token(&owner(7)?, "google").await?;
    say("token")
}

#[expect(clippy::disallowed_methods, reason = "how it is told of its key")]
async fn by_hand(url: &str) -> anyhow::Result<()> {
    let hand = Hand::connect(url, &std::env::var(KEYS)?).await?;
    hand.token(owner(7)?.user_id().as_str(), "google").await?;
    say("token")
}
