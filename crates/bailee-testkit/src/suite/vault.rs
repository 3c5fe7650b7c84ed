//! What every vault must do.
//!
//! [`vault_suite!`](crate::vault_suite) makes a test of each function.
#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use bailee_core::{
    ExposeSecret, KeyId, MacPurpose, Owner, ProviderKey, SealContext, SealPurpose, Vault, VaultError,
};

use super::{SuiteError, SuiteResult};

const SECRET: &[u8] = b"{\"access_token\":\"at\",\"refresh_token\":\"rt\"}";
const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

const PURPOSES: [SealPurpose; 9] = [
    SealPurpose::BotToken,
    SealPurpose::Enrollment,
    SealPurpose::Idempotency,
    SealPurpose::OAuthTokens,
    SealPurpose::Outbox,
    SealPurpose::PkceVerifier,
    SealPurpose::SmtpPassword,
    SealPurpose::UserSecret,
    SealPurpose::WebhookSecret,
];

/// What a context borrows.
struct Place {
    owner: Owner,
    provider: ProviderKey,
}

impl Place {
    fn new() -> Result<Self, SuiteError> {
        Ok(Self { owner: Owner::member("org_1", "user_1")?, provider: ProviderKey::new("google")? })
    }

    const fn context(&self) -> SealContext<'_> {
        SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner: &self.owner,
            id: ID,
            provider: &self.provider,
            epoch: 7,
        }
    }
}

/// What was sealed opens in its own context, at any length.
pub fn a_record_opens_where_it_was_sealed(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    for length in [1, 15, 16, 17, 4_096, 100_000] {
        let plaintext: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[0]).collect();
        let sealed = vault.seal(&place.context(), &plaintext)?;
        assert_eq!(sealed.key, vault.primary());
        assert_eq!(vault.open(&place.context(), &sealed.bytes)?.expose_secret(), plaintext);
    }
    Ok(())
}

/// A record names the key that sealed it, where a store reads it without opening it.
pub fn a_record_names_its_key(vault: &dyn Vault) -> SuiteResult {
    let sealed = vault.seal(&Place::new()?.context(), SECRET)?;
    assert_eq!(KeyId::of_record(&sealed.bytes), Some(sealed.key));
    assert_eq!(KeyId::of_record(b""), None);
    Ok(())
}

/// Nothing is a plaintext too, and a record of it is bound like any other.
pub fn an_empty_plaintext_is_sealed_too(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    let sealed = vault.seal(&place.context(), b"")?;
    assert!(vault.open(&place.context(), &sealed.bytes)?.expose_secret().is_empty());
    let elsewhere = SealContext { epoch: 8, ..place.context() };
    assert!(vault.open(&elsewhere, &sealed.bytes).is_err());
    Ok(())
}

/// Two records of one plaintext have nothing to compare.
pub fn two_seals_differ(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    let (one, other) = (vault.seal(&place.context(), SECRET)?, vault.seal(&place.context(), SECRET)?);
    assert_ne!(one.bytes, other.bytes);
    Ok(())
}

/// A record opens for no other row, owner, provider or epoch.
pub fn a_record_opens_nowhere_else(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    let here = place.context();
    let record = vault.seal(&here, SECRET)?.bytes;
    let owners = [
        Owner::user("user_1")?,
        Owner::member("org_1", "user_2")?,
        Owner::member("org_1", "User_1")?,
        Owner::member("org_2", "user_1")?,
        Owner::member("user_1", "org_1")?,
        Owner::member("org_1u", "ser_1")?,
    ];
    let provider = ProviderKey::new("googl")?;
    let mut others: Vec<SealContext<'_>> = owners.iter().map(|owner| SealContext { owner, ..here }).collect();
    others.push(SealContext { provider: &provider, ..here });
    for id in ["", "01890a5d-ac96-774b-bcce-b302099a8058", &ID.to_uppercase()] {
        assert_refused(vault, &SealContext { id, ..here }, &record);
    }
    for epoch in [0, 6, 8, 7 << 8, u64::MAX] {
        others.push(SealContext { epoch, ..here });
    }
    for other in others {
        assert_refused(vault, &other, &record);
    }
    assert_eq!(vault.open(&here, &record)?.expose_secret(), SECRET);
    Ok(())
}

/// A record of one purpose opens for that purpose alone.
pub fn a_record_opens_for_no_other_purpose(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    for sealed_for in PURPOSES {
        let here = SealContext { purpose: sealed_for, ..place.context() };
        let record = vault.seal(&here, SECRET)?.bytes;
        for purpose in PURPOSES.into_iter().filter(|purpose| *purpose != sealed_for) {
            assert_refused(vault, &SealContext { purpose, ..here }, &record);
        }
        assert_eq!(vault.open(&here, &record)?.expose_secret(), SECRET);
    }
    Ok(())
}

/// Text does not move from one field of the context to its neighbour.
pub fn the_fields_of_a_context_do_not_run_together(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    let here = SealContext { id: "ab", ..place.context() };
    let record = vault.seal(&here, SECRET)?.bytes;
    let shifted = Owner::member("org_1", "user_1a")?;
    assert_refused(vault, &SealContext { owner: &shifted, id: "b", ..here }, &record);
    let provider = ProviderKey::new("bgoogle")?;
    assert_refused(vault, &SealContext { provider: &provider, id: "a", ..here }, &record);
    Ok(())
}

/// A record with any one bit changed does not open.
pub fn every_flipped_bit_is_refused(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    for plaintext in [SECRET, b""] {
        let record = vault.seal(&place.context(), plaintext)?.bytes;
        for bit in 0..record.len() * 8 {
            let mut changed = record.clone();
            if let Some(byte) = changed.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            let outcome = vault.open(&place.context(), &changed).map(drop);
            assert!(outcome.is_err(), "bit {bit} of {}", record.len() * 8);
        }
    }
    Ok(())
}

/// A record that lacks its end, or has more than its end, does not open.
pub fn every_other_length_is_refused(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    for plaintext in [SECRET, b""] {
        let record = vault.seal(&place.context(), plaintext)?.bytes;
        for (length, _) in record.iter().enumerate() {
            let prefix = record.get(..length).unwrap_or_default();
            assert!(vault.open(&place.context(), prefix).is_err(), "{length} of {} bytes", record.len());
        }
        let longer = [record.as_slice(), &[0]].concat();
        assert!(vault.open(&place.context(), &longer).is_err());
    }
    Ok(())
}

/// What is no record at all does not open, plaintext least of all.
pub fn what_is_no_record_is_refused(vault: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    for bytes in [&b""[..], SECRET, &[0; 200], &[0xFF; 200], b"glass", &[1; 90]] {
        assert!(vault.open(&place.context(), bytes).is_err(), "{} bytes", bytes.len());
    }
    Ok(())
}

/// A record of a key that the ring lacks says which key it needs.
pub fn a_strangers_key_is_named(vault: &dyn Vault, stranger: &dyn Vault) -> SuiteResult {
    let place = Place::new()?;
    let sealed = stranger.seal(&place.context(), SECRET)?;
    let kid = stranger.primary();
    assert_ne!(vault.primary(), kid, "the two vaults must not share their key");
    assert_eq!(sealed.key, kid);
    let outcome = vault.open(&place.context(), &sealed.bytes).map(drop);
    assert_eq!(outcome, Err(VaultError::KeyUnavailable { kid }));
    Ok(())
}

/// A keyed digest repeats for the same bytes, and differs with the bytes, the purpose and the key.
pub fn a_keyed_digest_belongs_to_purpose_and_key(vault: &dyn Vault, stranger: &dyn Vault) -> SuiteResult {
    let mac = |bytes: &[u8]| vault.mac(MacPurpose::Arguments, bytes);
    assert_eq!(mac(b"text"), mac(b"text"));
    let others = [
        mac(b""),
        mac(b"Text"),
        vault.mac(MacPurpose::IdempotencyKey, b"text"),
        stranger.mac(MacPurpose::Arguments, b"text"),
        vault.digest(b"text"),
    ];
    assert!(!others.contains(&mac(b"text")));
    Ok(())
}

/// The digest without a key is SHA-256 (FIPS 180-4, example "abc").
pub fn the_digest_is_sha_256(vault: &dyn Vault) -> SuiteResult {
    let expected = b"\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\
        \xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad";
    assert_eq!(&vault.digest(b"abc"), expected);
    Ok(())
}

fn assert_refused(vault: &dyn Vault, context: &SealContext<'_>, record: &[u8]) {
    let outcome = vault.open(context, record).map(drop);
    assert_eq!(outcome, Err(VaultError::Tampered), "{context:?}");
}

/// One test for each behaviour that a vault must have.
///
/// Takes two functions `fn() -> Result<V, E>` where `V` is a [`Vault`] and `?` makes a boxed error of `E`: one makes the
/// vault, the other one whose key the first does not have.
#[macro_export]
macro_rules! vault_suite {
    ($vault:expr, $stranger:expr) => {
        $crate::__vault_tests! { $vault;
            a_record_names_its_key
            a_record_opens_where_it_was_sealed
            an_empty_plaintext_is_sealed_too
            two_seals_differ
            a_record_opens_nowhere_else
            a_record_opens_for_no_other_purpose
            the_fields_of_a_context_do_not_run_together
            every_flipped_bit_is_refused
            every_other_length_is_refused
            what_is_no_record_is_refused
            the_digest_is_sha_256
        }
        $crate::__vault_tests! { $vault, $stranger;
            a_strangers_key_is_named
            a_keyed_digest_belongs_to_purpose_and_key
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __vault_tests {
    ($vault:expr $(, $stranger:expr)?; $($behaviour:ident)+) => {
        $crate::__vault_tests! { @each [$vault $(, $stranger)?] $($behaviour)+ }
    };
    (@each $vaults:tt $($behaviour:ident)+) => {
        $($crate::__vault_tests! { @one $behaviour $vaults })+
    };
    (@one $behaviour:ident [$($vault:expr),+]) => {
        #[test]
        fn $behaviour() -> $crate::suite::SuiteResult {
            $crate::suite::vault::$behaviour($(&($vault)()?),+)
        }
    };
}
