//! The format is what its document says: the same key, salt, context and plaintext give the same bytes for ever.

use std::sync::Arc;

use anyhow::Context as _;
use serde_json::Value;

use bailee_core::{
    Entropy, EntropyError, ExposeSecret, MacPurpose, Owner, ProviderKey, SealContext, SealPurpose, Vault,
};
use bailee_testkit::BrokenEntropy;
use bailee_vault::KeyRing;
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Gives the salt of the known answer.
#[derive(Debug)]
struct Salt(Vec<u8>);

impl Entropy for Salt {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

struct Known(Value);

impl Known {
    fn read() -> anyhow::Result<Self> {
        Ok(Self(serde_json::from_str(include_str!("vectors/seal-v1.json"))?))
    }

    fn text(&self, path: &str) -> anyhow::Result<&str> {
        self.0.pointer(path).and_then(Value::as_str).context("no such text")
    }

    fn bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let text = self.text(path)?;
        (0..text.len()).step_by(2).map(|at| Ok(u8::from_str_radix(&text[at..at + 2], 16)?)).collect()
    }

    fn keys(&self) -> anyhow::Result<KeyRing> {
        Ok(KeyRing::parse(&STANDARD.encode(self.bytes("/key")?))?)
    }
}

#[test]
fn the_known_record_is_made_and_opened() -> anyhow::Result<()> {
    let known = Known::read()?;
    let keys = known.keys()?.with_entropy(Arc::new(Salt(known.bytes("/salt")?)));
    let owner = Owner::member(known.text("/context/organization")?, known.text("/context/user")?)?;
    let provider = ProviderKey::new(known.text("/context/provider")?)?;
    let context = SealContext {
        purpose: SealPurpose::OAuthTokens,
        owner: &owner,
        id: known.text("/context/id")?,
        provider: &provider,
        epoch: known.0["context"]["epoch"].as_u64().context("no epoch")?,
    };
    assert_eq!(context.purpose.as_str(), known.text("/context/purpose")?);
    let plaintext = known.text("/plaintext")?.as_bytes();
    let sealed = keys.seal(&context, plaintext)?;
    assert_eq!(sealed.bytes, known.bytes("/record")?);
    assert_eq!(sealed.bytes.len(), plaintext.len() + 90);
    assert_eq!(sealed.key.to_string(), known.text("/kid")?);
    assert_eq!(keys.open(&context, &sealed.bytes)?.expose_secret(), plaintext);
    Ok(())
}

/// Computed apart from this project, with the formulas of the document.
#[test]
fn the_known_digests_are_given() -> anyhow::Result<()> {
    let keys = Known::read()?.keys()?;
    let hex = |mac: [u8; 32]| mac.map(|byte| format!("{byte:02x}")).concat();
    assert_eq!(
        hex(keys.mac(MacPurpose::Arguments, b"text")),
        "6353be7c8c904e8dcfbe4b2fc2ddd70ea48c44f5dc0157624ba835d73fb1261b"
    );
    assert_eq!(
        hex(keys.mac(MacPurpose::IdempotencyKey, b"")),
        "bf5560793615fea7bf35a03dc5f0008676d59e7060d041d40606ebdb0d1e80b5"
    );
    Ok(())
}

#[test]
fn without_randomness_nothing_is_sealed() -> anyhow::Result<()> {
    let keys = Known::read()?.keys()?.with_entropy(Arc::new(BrokenEntropy));
    let (owner, provider) = (Owner::user("u1")?, ProviderKey::new("google")?);
    let context = SealContext {
        purpose: SealPurpose::Outbox,
        owner: &owner,
        id: "message",
        provider: &provider,
        epoch: 1,
    };
    let outcome = keys.seal(&context, b"text").map(drop);
    assert_eq!(outcome, Err(bailee_core::VaultError::Failed));
    Ok(())
}
