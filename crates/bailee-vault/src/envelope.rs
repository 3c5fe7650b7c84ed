//! The sealed record, format 1. `docs/sealed-record.md` describes it for good.
//!
//! ```text
//! offset  length
//!      0       1  format  = 0x01
//!      1       1  suite   = 0x01: HKDF-SHA256 (RFC 5869), AES-256-GCM (SP 800-38D), key commitment
//!      2       8  kid     = HKDF(K, salt = "", info = "bailee/kid/v1", 8)
//!     10      32  salt    from the random source
//!     42      32  commit  = okm[44..76]
//!     74       n  ciphertext
//!   74+n      16  tag
//!
//! okm   = HKDF(K, salt, info = "bailee/seal/v1" ‖ record[0..10] ‖ ctx, 76)
//! key   = okm[0..32]    nonce = okm[32..44]
//! AAD   = record[0..74] ‖ ctx
//! ctx   = SHA-256("bailee/ctx/v1" ‖ f(purpose) ‖ f(organization?) ‖ f(user) ‖ f(id) ‖ f(provider) ‖ u64 epoch)
//! f(x)  = u16 length ‖ UTF-8 bytes; an absent organization is 0xFFFF; integers are big-endian
//! ```

use ring::digest::{Context, SHA256};

use bailee_core::{KeyId, SealContext, VaultError};

pub(crate) const FORMAT: u8 = 0x01;
pub(crate) const SUITE: u8 = 0x01;

/// format ‖ suite ‖ kid: what the derivation binds.
pub(crate) const PREFIX_LEN: usize = 10;
pub(crate) const SALT_LEN: usize = 32;
pub(crate) const COMMIT_LEN: usize = 32;
/// Everything before the ciphertext: what the tag binds.
pub(crate) const HEAD_LEN: usize = PREFIX_LEN + SALT_LEN + COMMIT_LEN;
pub(crate) const TAG_LEN: usize = 16;

const CONTEXT_INFO: &[u8] = b"bailee/ctx/v1";
/// The length that no field has: it stands for an absent one.
const ABSENT: u16 = u16::MAX;

/// A record in its parts. Nothing of it is proven yet.
#[derive(Clone, Copy)]
pub(crate) struct Envelope<'a> {
    pub(crate) prefix: &'a [u8; PREFIX_LEN],
    pub(crate) kid: KeyId,
    pub(crate) salt: &'a [u8; SALT_LEN],
    pub(crate) commit: &'a [u8; COMMIT_LEN],
    pub(crate) head: &'a [u8; HEAD_LEN],
    pub(crate) ciphertext: &'a [u8],
    pub(crate) tag: &'a [u8; TAG_LEN],
}

impl<'a> Envelope<'a> {
    /// Takes a record apart.
    ///
    /// # Errors
    /// [`VaultError::UnsupportedFormat`] for another format or suite, [`VaultError::Tampered`] for a record that is too
    /// short to be one.
    pub(crate) fn parse(record: &'a [u8]) -> Result<Self, VaultError> {
        match record {
            [FORMAT] | [FORMAT, SUITE, ..] | [] => {}
            _ => return Err(VaultError::UnsupportedFormat),
        }
        Self::split(record).ok_or(VaultError::Tampered)
    }

    fn split(record: &'a [u8]) -> Option<Self> {
        let (head, body) = record.split_first_chunk::<HEAD_LEN>()?;
        let (ciphertext, tag) = body.split_last_chunk::<TAG_LEN>()?;
        let (prefix, rest) = head.split_first_chunk::<PREFIX_LEN>()?;
        let (salt, commit) = rest.split_first_chunk::<SALT_LEN>()?;
        Some(Self {
            prefix,
            kid: KeyId::new(*prefix.last_chunk()?),
            salt,
            commit: commit.first_chunk()?,
            head,
            ciphertext,
            tag,
        })
    }
}

/// format ‖ suite ‖ kid.
pub(crate) fn prefix(kid: KeyId) -> [u8; PREFIX_LEN] {
    let mut prefix = [0; PREFIX_LEN];
    let parts = [FORMAT, SUITE].into_iter().chain(*kid.as_bytes());
    for (to, from) in prefix.iter_mut().zip(parts) {
        *to = from;
    }
    prefix
}

/// `ctx`; `None` when a field is longer than its length can say.
pub(crate) fn context_hash(context: &SealContext<'_>) -> Option<[u8; 32]> {
    let mut hash = Context::new(&SHA256);
    hash.update(CONTEXT_INFO);
    push(&mut hash, context.purpose.as_str())?;
    match context.owner.organization() {
        Some(organization) => push(&mut hash, organization.as_str())?,
        None => hash.update(&ABSENT.to_be_bytes()),
    }
    push(&mut hash, context.owner.user_id().as_str())?;
    push(&mut hash, context.id)?;
    push(&mut hash, context.provider.as_str())?;
    hash.update(&context.epoch.to_be_bytes());
    hash.finish().as_ref().first_chunk().copied()
}

fn push(hash: &mut Context, field: &str) -> Option<()> {
    let length = u16::try_from(field.len()).ok().filter(|length| *length != ABSENT)?;
    hash.update(&length.to_be_bytes());
    hash.update(field.as_bytes());
    Some(())
}

/// Whether both are the same, in a time that does not depend on where they differ.
///
/// Every byte is read and folded into one value before the only decision; `black_box` keeps the optimiser from
/// leaving the loop early. (ring's own comparison is deprecated for use from outside.)
pub(crate) fn same(one: &[u8; COMMIT_LEN], other: &[u8; COMMIT_LEN]) -> bool {
    let difference =
        one.iter().zip(other).fold(0, |difference, (a, b)| std::hint::black_box(difference | (a ^ b)));
    difference == 0
}

#[cfg(test)]
mod tests {
    use bailee_core::{Owner, ProviderKey, SealPurpose};
    use proptest::prelude::*;

    use super::*;

    /// `ctx` of the known answer of the project, for these fields.
    const KNOWN_CONTEXT: &str = "55d7f1f10e4b1d641a3d71253b2b8b9ce6cf0026fc5416f939c514e5e42db428";

    fn hash_of(owner: &Owner, id: &str) -> Option<[u8; 32]> {
        let provider = ProviderKey::new("google").ok()?;
        context_hash(&SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner,
            id,
            provider: &provider,
            epoch: 7,
        })
    }

    #[test]
    fn the_context_is_hashed_as_documented() -> anyhow::Result<()> {
        let hash = hash_of(&Owner::member("org_1", "user_1")?, "int_1").unwrap();
        let hex: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex.concat(), KNOWN_CONTEXT);
        Ok(())
    }

    #[test]
    fn a_field_longer_than_its_length_can_say_has_no_context() -> anyhow::Result<()> {
        let owner = Owner::user("u1")?;
        assert!(hash_of(&owner, &"i".repeat(65_534)).is_some());
        assert_eq!(hash_of(&owner, &"i".repeat(65_535)), None);
        assert_eq!(hash_of(&owner, &"i".repeat(70_000)), None);
        Ok(())
    }

    #[test]
    fn one_different_bit_anywhere_is_a_difference() {
        let one = [0x5A; COMMIT_LEN];
        assert!(same(&one, &one.clone()));
        for bit in 0..COMMIT_LEN * 8 {
            let mut other = one;
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!same(&one, &other), "bit {bit}");
        }
        // Two bytes that differ by the same.
        let mut other = one;
        let [first, second, ..] = &mut other;
        *first ^= 1;
        *second ^= 1;
        assert!(!same(&one, &other));
    }

    proptest! {
        #[test]
        fn a_record_is_its_parts_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), ours: bool) {
            let mut bytes = bytes;
            if ours && bytes.len() >= 2 {
                bytes[..2].copy_from_slice(&[FORMAT, SUITE]);
            }
            match Envelope::parse(&bytes) {
                Ok(parts) => {
                    prop_assert_eq!(&bytes[..2], &[FORMAT, SUITE]);
                    prop_assert_eq!(&bytes[2..10], parts.kid.as_bytes());
                    prop_assert_eq!(prefix(parts.kid), *parts.prefix);
                    let again = [&parts.prefix[..], parts.salt, parts.commit, parts.ciphertext, parts.tag].concat();
                    prop_assert_eq!(&again, &bytes);
                    prop_assert_eq!(&bytes[..HEAD_LEN], parts.head);
                }
                Err(VaultError::Tampered) => {
                    prop_assert!(bytes.len() < HEAD_LEN + TAG_LEN);
                    prop_assert!([FORMAT, SUITE].starts_with(&bytes[..bytes.len().min(2)]));
                }
                Err(error) => {
                    prop_assert_eq!(error, VaultError::UnsupportedFormat);
                    prop_assert!(![FORMAT, SUITE].starts_with(&bytes[..bytes.len().min(2)]));
                }
            }
        }
    }
}
