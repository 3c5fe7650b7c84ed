//! The glass vault keeps the promises of the vault trait.

#![expect(clippy::unnecessary_wraps, reason = "the suite calls functions that may fail")]

use std::convert::Infallible;

use bailee_core::KeyId;
use bailee_testkit::GlassVault;

fn vault() -> Result<GlassVault, Infallible> {
    Ok(GlassVault::default())
}

fn stranger() -> Result<GlassVault, Infallible> {
    Ok(GlassVault::new([KeyId::new([7; 8])]))
}

bailee_testkit::vault_suite!(vault, stranger);
