//! Bytes of whoever can write to the database: they open as what was sealed, or not at all.
#![no_main]

use std::sync::LazyLock;

use bailee_core::{ExposeSecret, Owner, ProviderKey, SealContext, SealPurpose, Vault};
use bailee_vault::KeyRing;
use libfuzzer_sys::fuzz_target;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

static PLACE: LazyLock<(KeyRing, Owner, ProviderKey)> = LazyLock::new(|| {
    let ring = KeyRing::parse(KEY).expect("a key");
    (ring, Owner::user("ada").expect("an owner"), ProviderKey::new("google").expect("a provider"))
});

fuzz_target!(|data: &[u8]| {
    let (ring, owner, provider) = &*PLACE;
    let context = SealContext { purpose: SealPurpose::OAuthTokens, owner, id: "a row", provider, epoch: 1 };

    // The salts are random: no input can be a record of this ring, whatever the fuzzer learns.
    assert!(ring.open(&context, data).is_err(), "a record that nobody sealed");

    let sealed = ring.seal(&context, data).expect("sealed");
    let opened = ring.open(&context, &sealed.bytes).expect("opened");
    assert_eq!(opened.expose_secret(), data);

    // The input chooses what is changed of it.
    let mut changed = sealed.bytes;
    let at = data.iter().fold(0, |at: usize, byte| at.wrapping_mul(257).wrapping_add(usize::from(*byte)));
    let bit = data.first().copied().unwrap_or_default() % 8;
    let length = changed.len();
    changed[at % length] ^= 1 << bit;
    assert!(ring.open(&context, &changed).is_err(), "a changed record opened");
    changed[at % length] ^= 1 << bit;
    changed.truncate(at % length);
    assert!(ring.open(&context, &changed).is_err(), "a cut record opened");
});
