//! A host does not start without good keys, and is told where to look without being shown one.

use std::{ffi::OsString, fs, io::ErrorKind, sync::Arc};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};

use bailee_core::{ExposeSecret, Vault, VaultError};
use bailee_testkit::{BrokenEntropy, SeededEntropy};
use bailee_vault::{KeyProblem, KeyRing, KeyRingError, Origin};
use vault_tests::Place;

const NAME: &str = "BAILEE_KEYS";

fn key(seed: u8) -> [u8; 32] {
    std::array::from_fn(|n| u8::try_from(n).unwrap_or_default() ^ seed)
}

fn good(seed: u8) -> String {
    STANDARD.encode(key(seed))
}

/// A ring from an environment of these variables and no others.
fn from_variables(variables: &[(&str, &str)]) -> Result<KeyRing, KeyRingError> {
    KeyRing::from_lookup(NAME, |name| {
        let found = variables.iter().find(|(variable, _)| *variable == name);
        found.map(|(_, value)| OsString::from(value))
    })
}

fn problem(text: &str) -> Option<(usize, KeyProblem)> {
    match from_variables(&[(NAME, text)]) {
        Err(KeyRingError::Key { origin: Origin::Variable(name), index, problem }) if name == NAME => {
            Some((index, problem))
        }
        _ => None,
    }
}

#[test]
fn the_first_key_seals_and_all_open() -> anyhow::Result<()> {
    let place = Place::known()?;
    let before = from_variables(&[(NAME, &good(1))])?;
    let after = from_variables(&[(NAME, &format!("{},{}", good(2), good(1)))])?;
    let old = before.seal(&place.context(), b"old")?;
    let new = after.seal(&place.context(), b"new")?;
    assert_ne!(old.key, new.key);
    assert_eq!(after.kids().collect::<Vec<_>>(), [new.key, old.key]);
    assert_eq!(after.open(&place.context(), &old.bytes)?.expose_secret(), b"old");
    assert_eq!(after.open(&place.context(), &new.bytes)?.expose_secret(), b"new");
    assert!(before.open(&place.context(), &new.bytes).is_err());
    Ok(())
}

#[test]
fn a_record_of_a_retired_key_is_refused_by_name_and_others_open() -> anyhow::Result<()> {
    let (place, both) = (Place::known()?, format!("{},{}", good(2), good(1)));
    let ring = from_variables(&[(NAME, &both)])?;
    let old = from_variables(&[(NAME, &good(1))])?.seal(&place.context(), b"old")?;
    let new = ring.seal(&place.context(), b"new")?;
    // Whether the ring still has the key or not.
    for keys in [&both, &good(2)] {
        let retired = format!(" {} ,0011223344556677", old.key);
        let ring = from_variables(&[(NAME, keys), ("BAILEE_KEYS_RETIRED", &retired)])?;
        let refused = ring.open(&place.context(), &old.bytes).map(drop);
        assert_eq!(refused, Err(VaultError::KeyRetired { kid: old.key }));
        assert_eq!(ring.open(&place.context(), &new.bytes)?.expose_secret(), b"new");
        assert_eq!(ring.retired().count(), 2);
    }
    Ok(())
}

#[test]
fn retired_ids_are_read_with_care_and_never_name_the_key_that_seals() -> anyhow::Result<()> {
    let kid = from_variables(&[(NAME, &good(1))])?.primary();
    let retired = |text: &str| from_variables(&[(NAME, &good(1)), ("BAILEE_KEYS_RETIRED", text)]).map(drop);
    assert_eq!(retired(&kid.to_string()), Err(KeyRingError::RetiredPrimary { kid }));
    assert_eq!(retired(" "), Ok(()));
    for text in ["0011223344556677,", "0011223344556677,soon"] {
        let variable = "BAILEE_KEYS_RETIRED".to_owned();
        assert_eq!(retired(text), Err(KeyRingError::Retired { variable, index: 2 }));
    }
    Ok(())
}

#[test]
fn blanks_around_keys_and_missing_padding_do_not_matter() -> anyhow::Result<()> {
    let tidy = from_variables(&[(NAME, &format!("{},{}", good(1), good(2)))])?;
    let unpadded = STANDARD_NO_PAD.encode(key(2));
    let untidy = from_variables(&[(NAME, &format!(" {} ,\n\t{unpadded}\n", good(1)))])?;
    assert!(tidy.kids().eq(untidy.kids()));
    Ok(())
}

#[test]
fn a_bad_key_is_refused_by_its_position() {
    let first = good(1);
    for (entry, expected) in [
        ("", KeyProblem::Empty),
        ("   ", KeyProblem::Empty),
        ("not base64!", KeyProblem::NotBase64),
        ("_-_-", KeyProblem::NotBase64),
        (&first[..42], KeyProblem::NotBase64),
        (&STANDARD.encode([1, 2, 3]), KeyProblem::Length(3)),
        (&STANDARD.encode(&key(3)[..31]), KeyProblem::Length(31)),
        (&STANDARD.encode([&key(3)[..], b"3"].concat()), KeyProblem::Length(33)),
        (&STANDARD.encode([0; 32]), KeyProblem::AllEqual),
        (&STANDARD.encode([0xFF; 32]), KeyProblem::AllEqual),
        (&first, KeyProblem::Duplicate(1)),
    ] {
        assert_eq!(problem(&format!("{first},{entry}")), Some((2, expected)), "{expected:?}");
    }
    assert_eq!(problem(""), Some((1, KeyProblem::Empty)));
    assert_eq!(problem(&format!("{},{},{}", good(1), good(2), good(2))), Some((3, KeyProblem::Duplicate(2))));
}

#[test]
fn no_variable_and_both_variables_are_refused() {
    let missing = KeyRingError::Missing { variable: NAME.to_owned() };
    assert_eq!(from_variables(&[]).map(drop), Err(missing));
    assert_eq!(
        from_variables(&[("OTHER_KEYS", &good(1))]).err().map(|error| error.to_string()),
        Some(
            "neither BAILEE_KEYS nor BAILEE_KEYS_FILE is set: bailee does not start without a key".to_owned()
        )
    );
    let both = from_variables(&[(NAME, &good(1)), ("BAILEE_KEYS_FILE", "/nowhere")]);
    assert_eq!(both.map(drop), Err(KeyRingError::BothSet { variable: NAME.to_owned() }));
}

#[test]
fn keys_come_from_a_file_too() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("keys");
    fs::write(&path, format!("{},{}\n", good(1), good(2)))?;
    let expected = KeyRing::parse(&format!("{},{}", good(1), good(2)))?;
    let path_text = path.to_str().unwrap_or_default();
    assert!(from_variables(&[("BAILEE_KEYS_FILE", path_text)])?.kids().eq(expected.kids()));
    assert!(KeyRing::from_file(&path)?.kids().eq(expected.kids()));
    // As large as a file may be.
    let list = format!("{},{}", good(1), good(2));
    fs::write(&path, format!("{list}{}", " ".repeat(64 * 1024 - list.len())))?;
    assert!(KeyRing::from_file(&path)?.kids().eq(expected.kids()));
    fs::write(&path, "short")?;
    let error = from_variables(&[("BAILEE_KEYS_FILE", path_text)]).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("the file named by BAILEE_KEYS_FILE: key 1 is not base64"));
    Ok(())
}

#[test]
fn a_file_that_cannot_be_read_is_named_by_its_variable() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let (large, binary) = (directory.path().join("large"), directory.path().join("binary"));
    fs::write(&large, "k".repeat(64 * 1024 + 1))?;
    fs::write(&binary, [0xFF, 0xFE, 0x00])?;
    let absent = directory.path().join("absent");
    for (path, kind) in [
        (large.as_path(), ErrorKind::FileTooLarge),
        (&binary, ErrorKind::InvalidData),
        (&absent, ErrorKind::NotFound),
        (directory.path(), ErrorKind::IsADirectory),
    ] {
        let origin = Origin::FileOf("BAILEE_KEYS_FILE".to_owned());
        let outcome = from_variables(&[("BAILEE_KEYS_FILE", path.to_str().unwrap_or_default())]);
        assert_eq!(outcome.map(drop), Err(KeyRingError::Unreadable { origin, kind }), "{kind}");
    }
    Ok(())
}

#[test]
fn a_key_in_the_place_of_a_path_is_not_repeated() {
    let error = from_variables(&[("BAILEE_KEYS_FILE", &good(1))]).err();
    let shown = format!("{error:?} {}", error.as_ref().map(ToString::to_string).unwrap_or_default());
    assert!(shown.contains("BAILEE_KEYS_FILE") && !shown.contains(&good(1)), "{shown}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;

    let outcome =
        KeyRing::from_lookup(NAME, |name| (name == NAME).then(|| OsString::from_vec(vec![0xFF, b'k'])));
    let origin = Origin::Variable(NAME.to_owned());
    let kind = ErrorKind::InvalidData;
    assert_eq!(outcome.map(drop), Err(KeyRingError::Unreadable { origin, kind }));
}

#[test]
fn errors_and_debug_show_no_part_of_a_key() -> anyhow::Result<()> {
    let canary = "CANARY+CANARY/CANARY";
    for text in
        [canary.to_owned(), format!("{},{canary}", good(1)), format!("{0},{0}", good(1)), good(1) + canary]
    {
        let error = from_variables(&[(NAME, &text)]).err();
        let shown =
            format!("{error:?} {error:#?} {}", error.as_ref().map(ToString::to_string).unwrap_or_default());
        assert!(error.is_some() && !shown.contains("CANARY") && !shown.contains(&good(1)[..8]), "{shown}");
    }
    let keys = from_variables(&[(NAME, &good(1))])?;
    let kid = keys.primary();
    assert_eq!(format!("{keys:?}"), format!("KeyRing {{ keys: [KeyId({kid})], .. }}"));
    Ok(())
}

#[test]
fn a_new_key_reads_back_as_it_prints() -> anyhow::Result<()> {
    let (keys, printable) = KeyRing::generate(Arc::new(SeededEntropy::new(7)))?;
    assert_eq!(printable.expose_secret().len(), 44);
    assert!(!format!("{printable:?}").contains(printable.expose_secret()));
    assert!(from_variables(&[(NAME, printable.expose_secret())])?.kids().eq(keys.kids()));
    let (others, _) = KeyRing::generate(Arc::new(SeededEntropy::new(8)))?;
    assert_ne!(keys.primary(), others.primary());
    assert_eq!(KeyRing::generate(Arc::new(BrokenEntropy)).map(drop), Err(KeyRingError::Entropy));
    Ok(())
}
