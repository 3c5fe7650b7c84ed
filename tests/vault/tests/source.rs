//! Keys that come from a source, and change while the process goes on.

use anyhow::Context as _;
use bailee_core::{ExposeSecret, KeyId, KeySourceError, Vault, VaultError};
use bailee_testkit::MockKeySource;
use bailee_vault::{KeyProblem, KeyRing, KeyRingError, Origin};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use vault_tests::Place;

fn key(seed: u8) -> [u8; 32] {
    std::array::from_fn(|n| u8::try_from(n).unwrap_or_default() ^ seed)
}

fn alone(seed: u8) -> Result<KeyRing, KeyRingError> {
    KeyRing::parse(&STANDARD.encode(key(seed)))
}

fn kid(seed: u8) -> Result<KeyId, KeyRingError> {
    Ok(alone(seed)?.primary())
}

/// A source of the keys 1 and 2, of which the second seals.
fn two() -> Result<MockKeySource, KeyRingError> {
    let source = MockKeySource::default();
    for seed in [1, 2] {
        source.seal_with(kid(seed)?, key(seed));
    }
    Ok(source)
}

#[tokio::test]
async fn a_source_is_asked_at_the_start_and_not_for_each_record() -> anyhow::Result<()> {
    let (source, place) = (two()?, Place::known()?);
    let ring = KeyRing::from_source(&source, &[kid(1)?, kid(2)?]).await?;
    assert_eq!(ring.kids().collect::<Vec<_>>(), [kid(2)?, kid(1)?]);
    assert_eq!(source.calls(), 2, "the one that seals, and the one that only opens");
    let old = alone(1)?.seal(&place.context(), b"old")?;
    for _ in 0..100 {
        let sealed = ring.seal(&place.context(), b"new")?;
        assert_eq!(ring.open(&place.context(), &sealed.bytes)?.expose_secret(), b"new");
        assert_eq!(ring.open(&place.context(), &old.bytes)?.expose_secret(), b"old");
    }
    assert_eq!(source.calls(), 2);
    Ok(())
}

#[tokio::test]
async fn a_new_key_is_read_without_a_restart_by_all_clones() -> anyhow::Result<()> {
    let (source, place) = (two()?, Place::known()?);
    let ring = KeyRing::from_source(&source, &[]).await?;
    let clone = ring.clone();
    let before = clone.seal(&place.context(), b"before")?;
    source.seal_with(kid(3)?, key(3));
    ring.reload(&source, &[kid(1)?]).await?;
    let after = clone.seal(&place.context(), b"after")?;
    assert_eq!((before.key, after.key), (kid(2)?, kid(3)?));
    assert_eq!(clone.kids().collect::<Vec<_>>(), [kid(3)?, kid(2)?, kid(1)?]);
    assert_eq!(clone.open(&place.context(), &before.bytes)?.expose_secret(), b"before");
    let calls = source.calls();
    ring.reload(&source, &[kid(1)?, kid(2)?]).await?;
    assert_eq!(source.calls(), calls + 1, "the keys that are there are not asked for again");
    Ok(())
}

#[tokio::test]
async fn a_source_that_is_down_stops_a_start_and_nothing_that_runs() -> anyhow::Result<()> {
    let (source, place) = (two()?, Place::known()?);
    let ring = KeyRing::from_source(&source, &[kid(1)?]).await?;
    let record = alone(1)?.seal(&place.context(), b"token")?;
    source.set_down(true);
    let down = KeyRingError::Source(KeySourceError::Unavailable);
    assert_eq!(KeyRing::from_source(&source, &[]).await.err(), Some(down.clone()));
    assert_eq!(ring.reload(&source, &[]).await, Err(down));
    assert_eq!(ring.open(&place.context(), &record.bytes)?.expose_secret(), b"token");
    assert_eq!(ring.seal(&place.context(), b"token")?.key, kid(2)?);
    source.set_down(false);
    ring.reload(&source, &[]).await?;
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_missing_or_another_one_is_named_and_changes_nothing() -> anyhow::Result<()> {
    let source = two()?;
    let ring = KeyRing::from_source(&source, &[]).await?;
    let (stranger, lie) = (KeyId::new([9; 8]), kid(4)?);
    assert_eq!(ring.reload(&source, &[stranger]).await, Err(KeyRingError::NoSuchKey { kid: stranger }));
    source.seal_with(lie, key(5));
    source.seal_with(kid(3)?, key(3));
    assert_eq!(ring.reload(&source, &[lie]).await, Err(KeyRingError::OtherKey { kid: lie }));
    source.seal_with(KeyId::new([8; 8]), [7; 32]);
    let placeholder = KeyRingError::Key { origin: Origin::Source, index: 1, problem: KeyProblem::AllEqual };
    assert_eq!(ring.reload(&source, &[]).await, Err(placeholder));
    assert_eq!(ring.kids().collect::<Vec<_>>(), [kid(2)?]);
    let empty = KeyRing::from_source(&MockKeySource::default(), &[]).await;
    assert_eq!(empty.err(), Some(KeyRingError::Source(KeySourceError::Missing)));
    Ok(())
}

#[tokio::test]
async fn a_retired_key_refuses_its_records_and_does_not_come_back_to_seal() -> anyhow::Result<()> {
    let (source, place) = (two()?, Place::known()?);
    let ring = KeyRing::from_source(&source, &[kid(1)?]).await?;
    let (clone, old) = (ring.clone(), alone(1)?.seal(&place.context(), b"old")?);
    assert!(clone.open(&place.context(), &old.bytes).is_ok());
    ring.retire(&[kid(1)?])?;
    let refused = clone.open(&place.context(), &old.bytes).err().context("it opened")?;
    assert_eq!(refused, VaultError::KeyRetired { kid: kid(1)? });
    assert_eq!(ring.retire(&[kid(2)?]), Err(KeyRingError::RetiredPrimary { kid: kid(2)? }));
    source.seal_with(kid(1)?, key(1));
    assert_eq!(ring.reload(&source, &[]).await, Err(KeyRingError::RetiredPrimary { kid: kid(1)? }));
    assert_eq!(clone.seal(&place.context(), b"new")?.key, kid(2)?);
    Ok(())
}
