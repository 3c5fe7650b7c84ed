use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey},
    error::Unspecified,
    hkdf, hmac,
};
use zeroize::Zeroizing;

use bailee_core::{ExposeSecret, KeyId};
use secrecy::SecretBox;

use crate::envelope::{COMMIT_LEN, HEAD_LEN, PREFIX_LEN, SALT_LEN, TAG_LEN};

/// How many bytes a key has.
pub(crate) const KEY_LEN: usize = 32;

const SEAL_INFO: &[u8] = b"bailee/seal/v1";
const KID_INFO: &[u8] = b"bailee/kid/v1";
const MAC_INFO: &[u8] = b"bailee/mac/v1";
const OKM_LEN: usize = KEY_LEN + NONCE_LEN + COMMIT_LEN;
// Records are kept for years: what is derived for one never gets another length.
const _: () = assert!(OKM_LEN == 76);

/// One key. Lives on the heap, never moves, and is wiped on drop.
pub(crate) struct Key {
    bytes: SecretBox<[u8; KEY_LEN]>,
    kid: KeyId,
}

impl Key {
    /// The key of these bytes; its id is derived, so that id and key cannot disagree.
    pub(crate) fn new(bytes: &[u8; KEY_LEN]) -> Self {
        let bytes = SecretBox::init_with_mut(|secret: &mut [u8; KEY_LEN]| secret.copy_from_slice(bytes));
        let identity = expand(&bytes, &[KID_INFO]);
        let mut kid = [0; 8];
        copy(&mut kid, identity.as_slice());
        Self { bytes, kid: KeyId::new(kid) }
    }

    pub(crate) const fn kid(&self) -> KeyId {
        self.kid
    }

    /// HMAC-SHA256 (RFC 2104) of `bytes` under HKDF(K, salt = "", info = "bailee/mac/v1" ‖ purpose, 32).
    pub(crate) fn mac(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let key = expand(&self.bytes, &[MAC_INFO, purpose.as_bytes()]);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*key), bytes);
        let mut mac = [0; 32];
        copy(&mut mac, tag.as_ref());
        mac
    }

    /// What seals one record, and nothing else.
    pub(crate) fn record_key(
        &self,
        salt: &[u8; SALT_LEN],
        prefix: &[u8; PREFIX_LEN],
        context: &[u8; 32],
    ) -> Result<RecordKey, Unspecified> {
        let mut okm = Zeroizing::new([0; OKM_LEN]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(self.bytes.expose_secret())
            .expand(&[SEAL_INFO, prefix, context], Length(OKM_LEN))?
            .fill(okm.as_mut_slice())?;
        let (key, rest) = okm.split_first_chunk::<KEY_LEN>().ok_or(Unspecified)?;
        let (nonce, commit) = rest.split_first_chunk::<NONCE_LEN>().ok_or(Unspecified)?;
        Ok(RecordKey {
            cipher: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?),
            nonce: *nonce,
            commit: *commit.first_chunk().ok_or(Unspecified)?,
        })
    }
}

/// The derived key of one record. It is consumed by its only use, so that its nonce is used once.
pub(crate) struct RecordKey {
    cipher: LessSafeKey,
    nonce: [u8; NONCE_LEN],
    commit: [u8; COMMIT_LEN],
}

impl RecordKey {
    /// Proves, without revealing it, which key and context the record is of.
    pub(crate) const fn commit(&self) -> &[u8; COMMIT_LEN] {
        &self.commit
    }

    /// Encrypts in place and returns the tag.
    pub(crate) fn seal(
        self,
        head: &[u8; HEAD_LEN],
        context: &[u8; 32],
        plaintext: &mut [u8],
    ) -> Result<Tag, Unspecified> {
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        self.cipher.seal_in_place_separate_tag(nonce, associated_data(head, context), plaintext)
    }

    /// Decrypts in place; after an error the buffer holds nothing of use.
    pub(crate) fn open(
        self,
        head: &[u8; HEAD_LEN],
        context: &[u8; 32],
        tag: &[u8; TAG_LEN],
        ciphertext: &mut [u8],
    ) -> Result<(), Unspecified> {
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let data = associated_data(head, context);
        self.cipher.open_in_place_separate_tag(nonce, data, Tag::from(*tag), ciphertext, 0..).map(drop)
    }
}

fn associated_data(head: &[u8; HEAD_LEN], context: &[u8; 32]) -> Aad<[u8; HEAD_LEN + 32]> {
    let mut data = [0; HEAD_LEN + 32];
    let (first, second) = data.split_at_mut(HEAD_LEN);
    first.copy_from_slice(head);
    second.copy_from_slice(context);
    Aad::from(data)
}

/// HKDF-SHA256 (RFC 5869) with an empty salt, for the 32 bytes that its first block gives: `HMAC(PRK, info ‖ 0x01)`.
fn expand(key: &SecretBox<[u8; KEY_LEN]>, info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let extract = hmac::Key::new(hmac::HMAC_SHA256, &[]);
    let prk = hmac::sign(&extract, key.expose_secret());
    let mut block = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, prk.as_ref()));
    for part in info {
        block.update(part);
    }
    block.update(&[0x01]);
    let mut okm = Zeroizing::new([0; 32]);
    copy(okm.as_mut_slice(), block.sign().as_ref());
    okm
}

/// Fills `to` with the first bytes of `from`, which is never the shorter one here.
fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_is_what_hkdf_gives() {
        for purpose in ["", "arguments", "idempotency_key"] {
            let bytes = [0xA7; KEY_LEN];
            let mut expected = [0; 32];
            hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
                .extract(&bytes)
                .expand(&[MAC_INFO, purpose.as_bytes()], Length(32))
                .and_then(|okm| okm.fill(&mut expected))
                .unwrap();
            let key = Key::new(&bytes);
            assert_eq!(*expand(&key.bytes, &[MAC_INFO, purpose.as_bytes()]), expected);
            let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &expected), b"text");
            assert_eq!(key.mac(purpose, b"text"), mac.as_ref());
        }
    }

    #[test]
    fn an_id_is_derived_from_its_key() {
        let bytes = std::array::from_fn(|n| u8::try_from(n).unwrap());
        assert_eq!(Key::new(&bytes).kid().to_string(), "e139e846682ad7c0");
    }
}
