//! The sealed record written and read with ring alone. Nothing of bailee's code runs here.

use anyhow::{Context as _, ensure};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest, hkdf,
    rand::{SecureRandom as _, SystemRandom},
};

/// Where a record belongs; it opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct RecordOf<'a> {
    /// The user, who is in no organization.
    pub user: &'a str,
    /// The id of the row.
    pub id: &'a str,
    /// The key of the provider.
    pub provider: &'a str,
    /// The epoch of the secret.
    pub epoch: i64,
}

/// Opens a record of OAuth tokens.
///
/// # Errors
/// When it is of another key or place, or was changed.
pub fn open(key: &[u8; 32], place: &RecordOf<'_>, record: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (head, body) = record.split_at_checked(74).context("too short")?;
    let (prefix, rest) = head.split_at(10);
    let (salt, commit) = rest.split_at(32);
    let context = context(place);
    let derived = Derived::new(key, salt, prefix, &context)?;
    ensure!(derived.commit.as_slice() == commit, "another key or place");
    let data = [head, &context].concat();
    let mut plaintext = body.to_vec();
    let length = derived
        .cipher
        .open_in_place(derived.nonce, Aad::from(data), &mut plaintext)
        .ok()
        .context("open")?
        .len();
    plaintext.truncate(length);
    Ok(plaintext)
}

/// Seals OAuth tokens into a record; `prefix` is its format, its suite and the id of its key.
///
/// # Errors
/// When the random source fails.
pub fn seal(
    key: &[u8; 32],
    prefix: &[u8; 10],
    place: &RecordOf<'_>,
    plaintext: &[u8],
) -> anyhow::Result<Vec<u8>> {
    let mut salt = [0; 32];
    SystemRandom::new().fill(&mut salt).ok().context("random")?;
    let context = context(place);
    let derived = Derived::new(key, &salt, prefix, &context)?;
    let head = [prefix.as_slice(), &salt, &derived.commit].concat();
    let data = [head.as_slice(), &context].concat();
    let mut body = plaintext.to_vec();
    derived
        .cipher
        .seal_in_place_append_tag(derived.nonce, Aad::from(data), &mut body)
        .ok()
        .context("seal")?;
    Ok([head, body].concat())
}

/// What is derived for one record.
struct Derived {
    cipher: LessSafeKey,
    nonce: Nonce,
    commit: [u8; 32],
}

impl Derived {
    fn new(key: &[u8; 32], salt: &[u8], prefix: &[u8], context: &[u8; 32]) -> anyhow::Result<Self> {
        let mut okm = [0; 76];
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(key)
            .expand(&[b"bailee/seal/v1", prefix, context], Length(76))
            .and_then(|okm_of| okm_of.fill(&mut okm))
            .ok()
            .context("hkdf")?;
        let (key, rest) = okm.split_at(32);
        let (nonce, commit) = rest.split_at(12);
        Ok(Self {
            cipher: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok().context("key")?),
            nonce: Nonce::try_assume_unique_for_key(nonce).ok().context("nonce")?,
            commit: commit.try_into()?,
        })
    }
}

fn context(place: &RecordOf<'_>) -> [u8; 32] {
    let mut hash = digest::Context::new(&digest::SHA256);
    let field = |hash: &mut digest::Context, text: &str| {
        hash.update(&u16::try_from(text.len()).unwrap_or_default().to_be_bytes());
        hash.update(text.as_bytes());
    };
    hash.update(b"bailee/ctx/v1");
    field(&mut hash, "oauth_tokens");
    hash.update(&u16::MAX.to_be_bytes());
    field(&mut hash, place.user);
    field(&mut hash, place.id);
    field(&mut hash, place.provider);
    hash.update(&place.epoch.to_be_bytes());
    let mut sum = [0; 32];
    for (to, from) in sum.iter_mut().zip(hash.finish().as_ref()) {
        *to = *from;
    }
    sum
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
