//! Records open where they were sealed, and nowhere else.

use std::{collections::HashSet, path::Path};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;

use bailee_core::{ExposeSecret, Owner, ProviderKey, SealPurpose, Vault, VaultError};
use bailee_vault::KeyRing;
use vault_tests::{KnownAnswer, OWN_VECTOR, Place};

const OTHER_KEY: [u8; 32] = *b"another key of exactly 32 bytes.";

fn ring(keys: &[&[u8]]) -> anyhow::Result<KeyRing> {
    let text: Vec<String> = keys.iter().map(|key| STANDARD.encode(key)).collect();
    Ok(KeyRing::parse(&text.join(","))?)
}

fn refused(vault: &KeyRing, place: &Place, record: &[u8]) -> Option<VaultError> {
    vault.open(&place.context(), record).err()
}

#[test]
fn the_known_record_opens() -> anyhow::Result<()> {
    let known = KnownAnswer::read(OWN_VECTOR)?;
    let keys = ring(&[&known.key])?;
    let place = Place::known()?;
    assert_eq!(keys.primary().to_string(), known.kid);
    assert_eq!(keys.open(&place.context(), &known.record)?.expose_secret(), known.plaintext);
    Ok(())
}

/// Where the workspace lies beside the reference that it was written against, both say the same.
#[test]
fn the_reference_beside_the_workspace_says_the_same() -> anyhow::Result<()> {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/seal-v1.json");
    if !reference.exists() {
        println!("skipped: there is no reference beside this workspace");
        return Ok(());
    }
    let reference = KnownAnswer::read(&std::fs::read_to_string(reference)?)?;
    assert_eq!(KnownAnswer::read(OWN_VECTOR)?, reference);
    Ok(())
}

#[test]
fn every_flipped_bit_of_the_known_record_is_refused() -> anyhow::Result<()> {
    let known = KnownAnswer::read(OWN_VECTOR)?;
    let (keys, place) = (ring(&[&known.key])?, Place::known()?);
    for bit in 0..known.record.len() * 8 {
        let mut changed = known.record.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let error = refused(&keys, &place, &changed);
        match bit / 8 {
            0 | 1 => assert_eq!(error, Some(VaultError::UnsupportedFormat), "bit {bit}"),
            2..10 => assert!(matches!(error, Some(VaultError::KeyUnavailable { .. })), "bit {bit}"),
            _ => assert_eq!(error, Some(VaultError::Tampered), "bit {bit}"),
        }
    }
    Ok(())
}

#[test]
fn every_truncation_of_the_known_record_is_refused() -> anyhow::Result<()> {
    let known = KnownAnswer::read(OWN_VECTOR)?;
    let (keys, place) = (ring(&[&known.key])?, Place::known()?);
    for length in 0..known.record.len() {
        let error = refused(&keys, &place, &known.record[..length]);
        assert_eq!(error, Some(VaultError::Tampered), "{length} bytes");
    }
    Ok(())
}

#[test]
fn a_record_that_was_moved_is_refused() -> anyhow::Result<()> {
    let keys = ring(&[&OTHER_KEY])?;
    let here = Place::known()?;
    let record = keys.seal(&here.context(), b"token")?.bytes;
    let moves = [
        ("row", Place { id: "int_2".to_owned(), ..here.clone() }),
        ("user", Place { owner: Owner::member("org_1", "user_2")?, ..here.clone() }),
        ("organization", Place { owner: Owner::member("org_2", "user_1")?, ..here.clone() }),
        ("no organization", Place { owner: Owner::user("user_1")?, ..here.clone() }),
        ("purpose", Place { purpose: SealPurpose::PkceVerifier, ..here.clone() }),
        ("provider", Place { provider: ProviderKey::new("notion")?, ..here.clone() }),
        ("earlier epoch", Place { epoch: 6, ..here.clone() }),
        ("later epoch", Place { epoch: 8, ..here.clone() }),
    ];
    for (what, there) in moves {
        assert_eq!(refused(&keys, &there, &record), Some(VaultError::Tampered), "{what}");
    }
    assert_eq!(keys.open(&here.context(), &record)?.expose_secret(), b"token");
    Ok(())
}

#[test]
fn an_old_record_in_a_newer_row_is_refused() -> anyhow::Result<()> {
    let keys = ring(&[&OTHER_KEY])?;
    let mut row = Place::known()?;
    let backup = keys.seal(&row.context(), b"old token")?.bytes;
    row.epoch += 1;
    let current = keys.seal(&row.context(), b"new token")?.bytes;
    assert_eq!(refused(&keys, &row, &backup), Some(VaultError::Tampered));
    assert_eq!(keys.open(&row.context(), &current)?.expose_secret(), b"new token");
    Ok(())
}

#[test]
fn a_record_of_a_lost_key_names_it_and_leaves_the_others_alone() -> anyhow::Result<()> {
    let known = KnownAnswer::read(OWN_VECTOR)?;
    let place = Place::known()?;
    let (old, new) = (ring(&[&known.key])?, ring(&[&OTHER_KEY])?);
    let record = old.seal(&place.context(), b"token")?.bytes;
    let kid = old.primary();
    assert_eq!(refused(&new, &place, &record), Some(VaultError::KeyUnavailable { kid }));
    assert!(format!("{}", VaultError::KeyUnavailable { kid }).contains(&known.kid));
    let other = new.seal(&place.context(), b"token")?.bytes;
    assert_eq!(new.open(&place.context(), &other)?.expose_secret(), b"token");

    let both = ring(&[&OTHER_KEY, &known.key])?;
    assert_eq!(both.open(&place.context(), &record)?.expose_secret(), b"token", "the key is back");
    assert_eq!(both.seal(&place.context(), b"token")?.key, new.primary(), "the first seals");
    Ok(())
}

#[test]
fn a_key_under_the_name_of_another_opens_nothing() -> anyhow::Result<()> {
    let known = KnownAnswer::read(OWN_VECTOR)?;
    let (keys, place) = (ring(&[&known.key, &OTHER_KEY])?, Place::known()?);
    let mut renamed = known.record;
    renamed[2..10].copy_from_slice(ring(&[&OTHER_KEY])?.primary().as_bytes());
    assert_eq!(refused(&keys, &place, &renamed), Some(VaultError::Tampered));
    Ok(())
}

/// A hundred thousand, or as many as `VAULT_SEALS` says, by four threads at once.
#[test]
#[expect(clippy::disallowed_methods, reason = "how many, where there is time for more")]
fn no_two_seals_have_the_same_salt() -> anyhow::Result<()> {
    let seals: usize = std::env::var("VAULT_SEALS").map_or(Ok(100_000), |seals| seals.parse())?;
    let (keys, place) = (ring(&[&OTHER_KEY])?, Place::known()?);
    let salt = || -> anyhow::Result<[u8; 32]> {
        let record = keys.seal(&place.context(), b"")?.bytes;
        Ok(record.get(10..42).context("no salt")?.try_into()?)
    };
    let some_salts = || (0..seals / 4).map(|_| salt()).collect::<anyhow::Result<Vec<_>>>();
    let salts = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(some_salts)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread panicked")))
        };
        threads.into_iter().map(join).collect::<anyhow::Result<Vec<_>>>()
    })?;
    let different: HashSet<[u8; 32]> = salts.into_iter().flatten().collect();
    assert_eq!(different.len(), seals);
    Ok(())
}

#[test]
fn a_row_id_that_no_length_can_say_is_not_sealed() -> anyhow::Result<()> {
    let keys = ring(&[&OTHER_KEY])?;
    let place = Place { id: "i".repeat(65_535), ..Place::known()? };
    assert_eq!(keys.seal(&place.context(), b"token").err(), Some(VaultError::Failed));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_sealed_opens(plaintext in prop::collection::vec(any::<u8>(), 0..2_000), id in ".{0,40}", epoch: u64) {
        let keys = ring(&[&OTHER_KEY]).unwrap();
        let place = Place { id, epoch, ..Place::known().unwrap() };
        let record = keys.seal(&place.context(), &plaintext).unwrap().bytes;
        prop_assert_eq!(record.len(), plaintext.len() + 90);
        let opened = keys.open(&place.context(), &record).unwrap();
        prop_assert_eq!(opened.expose_secret(), plaintext.as_slice());
    }

    #[test]
    fn no_bytes_open_by_chance(mut bytes in prop::collection::vec(any::<u8>(), 0..300), ours: bool) {
        let keys = ring(&[&OTHER_KEY]).unwrap();
        if ours && bytes.len() >= 10 {
            bytes[..2].copy_from_slice(&[1, 1]);
            bytes[2..10].copy_from_slice(keys.primary().as_bytes());
        }
        prop_assert!(refused(&keys, &Place::known().unwrap(), &bytes).is_some());
    }
}
