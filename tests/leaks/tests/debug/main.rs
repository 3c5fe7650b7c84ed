//! `Debug` of every type that can have a secret in it.

mod adapters;
mod engine;
mod words;

use std::{collections::BTreeMap, fmt::Debug, sync::Arc};

use anyhow::ensure;
use architecture_tests::{metadata::Metadata, secrets::holders, sources};
use bailee_core::{ExposeSecret as _, SecretString, Vault as _};
use bailee_testkit::MockKeySource;
use bailee_vault::{KeyRing, RingEntropy};
use leak_tests::Secrets;

const CANARY: &str = "a-canary-that-no-debug-may-sing";
const CANARY_KEY: [u8; 32] = *b"a-canary-key-no-debug-may-sing-!";

/// Types that hold secrets and that nobody outside of their crate can have, or make.
const PRIVATE: [&str; 30] = [
    "Answer",
    "Asked",
    "BotToken",
    "Cabinet",
    "Cargo",
    "Context",
    "Conversation",
    "Endpoint",
    "Fields",
    "Flow",
    "Found",
    "Harvest",
    "Impatient",
    "Joining",
    "Key",
    "Keys",
    "Landed",
    "Line",
    "Login",
    "Obtained",
    "Orphan",
    "Pilot",
    "Posted",
    "Proof",
    "Settings",
    "Shared",
    "Stray",
    "Tables",
    "Tokens",
    "Wanted",
];

/// What values with a canary in them print, by `<crate>::<type>`.
#[derive(Debug, Default)]
struct Printed(BTreeMap<String, String>);

impl Printed {
    fn print<T: Debug>(&mut self, name: &str, value: &T) {
        self.note(name, &format!("{value:?}\n{value:#?}"));
    }

    /// Another value of the same type is noted beside the first.
    fn note(&mut self, name: &str, text: &str) {
        self.0.entry(name.to_owned()).or_default().push_str(text);
    }
}

fn canary() -> SecretString {
    SecretString::from(CANARY)
}

#[tokio::test]
async fn no_type_that_holds_a_secret_prints_it() -> anyhow::Result<()> {
    let mut printed = Printed::default();
    let mut secrets = Secrets::default();
    secrets.add("canary", CANARY.as_bytes())?;
    words::requests(&mut printed)?;
    words::joining(&mut printed)?;
    words::records(&mut printed)?;
    adapters::all(&mut printed, &mut secrets).await?;
    engine::all(&mut printed, &mut secrets).await?;
    let (keys, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    printed.print("bailee-vault::KeyRing", &keys);
    let source = MockKeySource::default();
    source.seal_with(keys.primary(), CANARY_KEY);
    secrets.add("key of a source", &CANARY_KEY)?;
    printed.print("bailee-testkit::MockKeySource", &source);
    secrets.add("key", key.expose_secret().as_bytes())?;
    let mut found = Vec::new();
    for (name, text) in &printed.0 {
        ensure!(!text.trim().is_empty(), "{name} prints nothing");
        found.extend(secrets.found_in(name, text.as_bytes())?);
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));
    nobody_is_forgotten(&printed)
}

/// Every type of the sources that holds a secret, directly or through another type, is printed above or known to be out
/// of reach; and nothing is excused in vain.
fn nobody_is_forgotten(printed: &Printed) -> anyhow::Result<()> {
    let metadata = Metadata::read()?;
    let mut all = Vec::new();
    for package in metadata.libraries() {
        all.extend(sources::of(&metadata.workspace_root, package)?);
    }
    let holders = holders(&all);
    ensure!(holders.len() > 20, "{} types hold secrets", holders.len());
    let is_printed = |holder: &str| printed.0.keys().any(|name| name.rsplit("::").next() == Some(holder));
    let is_private = |holder: &str| PRIVATE.contains(&holder);
    let forgotten: Vec<_> =
        holders.iter().filter(|holder| !is_printed(holder) && !is_private(holder)).collect();
    ensure!(forgotten.is_empty(), "these hold secrets and are not printed here: {forgotten:?}");
    let vain: Vec<_> = PRIVATE.iter().filter(|name| !holders.contains(**name) || is_printed(name)).collect();
    ensure!(vain.is_empty(), "these are excused in vain: {vain:?}");
    Ok(())
}
