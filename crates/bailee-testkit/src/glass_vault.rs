use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use ring::{
    digest::{self, SHA256},
    hmac,
};

use bailee_core::{KeyId, MacPurpose, SealContext, Sealed, SecretSlice, Vault, VaultError};

/// `g1` ‖ kid 8 ‖ serial 8 ‖ SHA-256 over kid, serial, context and plaintext ‖ plaintext.
const MAGIC: &[u8; 2] = b"g1";
const HEAD: usize = 2 + 8 + 8 + 32;

/// A vault of glass: its records show their plaintext to tests, and still open only where they belong.
///
/// It protects nothing. Clones share the keys.
///
/// ```
/// use bailee_core::{Owner, ProviderKey, SealContext, SealPurpose, Vault};
/// use bailee_testkit::GlassVault;
///
/// let vault = GlassVault::default();
/// let (owner, provider) = (Owner::user("u1")?, ProviderKey::new("google")?);
/// let here = SealContext { purpose: SealPurpose::OAuthTokens, owner: &owner, id: "int_1", provider: &provider, epoch: 1 };
/// let record = vault.seal(&here, b"token")?.bytes;
/// assert_eq!(GlassVault::plaintext(&record), Some(&b"token"[..]));
/// assert!(vault.open(&SealContext { epoch: 2, ..here }, &record).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct GlassVault {
    keys: Arc<Mutex<Keys>>,
    serial: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Keys {
    primary: KeyId,
    known: Vec<KeyId>,
}

impl GlassVault {
    /// The only key of [`GlassVault::default`].
    pub const DEFAULT_KEY: KeyId = KeyId::new(*b"glasskey");

    /// A vault that opens records of all these keys and seals with the first.
    ///
    /// Without any key it has [`GlassVault::DEFAULT_KEY`].
    #[must_use]
    pub fn new(kids: impl IntoIterator<Item = KeyId>) -> Self {
        let mut known: Vec<KeyId> = kids.into_iter().collect();
        if known.is_empty() {
            known.push(Self::DEFAULT_KEY);
        }
        Self {
            keys: Arc::new(Mutex::new(Keys {
                primary: known.first().copied().unwrap_or(Self::DEFAULT_KEY),
                known,
            })),
            serial: Arc::new(AtomicU64::new(0)),
        }
    }

    /// Loses a key: its records give [`VaultError::KeyUnavailable`], and it seals no more.
    pub fn forget(&self, kid: KeyId) {
        self.keys().known.retain(|known| *known != kid);
    }

    /// Has a key (again), which seals from now on.
    pub fn seal_with(&self, kid: KeyId) {
        let mut keys = self.keys();
        keys.primary = kid;
        if !keys.known.contains(&kid) {
            keys.known.push(kid);
        }
    }

    /// What a record holds, without opening it; `None`: it is not of glass.
    #[must_use]
    pub fn plaintext(record: &[u8]) -> Option<&[u8]> {
        record.starts_with(MAGIC).then_some(())?;
        record.get(HEAD..)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for GlassVault {
    fn default() -> Self {
        Self::new([])
    }
}

impl Vault for GlassVault {
    fn seal(&self, context: &SealContext<'_>, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        let (key, known) = {
            let keys = self.keys();
            (keys.primary, keys.known.contains(&keys.primary))
        };
        if !known {
            return Err(VaultError::Failed);
        }
        let serial = self.serial.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut bytes = Vec::with_capacity(HEAD + plaintext.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(key.as_bytes());
        bytes.extend_from_slice(&serial);
        bytes.extend_from_slice(checksum(key, serial, context, plaintext).as_ref());
        bytes.extend_from_slice(plaintext);
        Ok(Sealed { bytes, key })
    }

    fn open(&self, context: &SealContext<'_>, record: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        let record = record.strip_prefix(MAGIC).ok_or(VaultError::UnsupportedFormat)?;
        let (kid, record) = record.split_first_chunk().ok_or(VaultError::Tampered)?;
        let (serial, record) = record.split_first_chunk().ok_or(VaultError::Tampered)?;
        let (sum, plaintext) = record.split_first_chunk::<32>().ok_or(VaultError::Tampered)?;
        let kid = KeyId::new(*kid);
        if !self.keys().known.contains(&kid) {
            return Err(VaultError::KeyUnavailable { kid });
        }
        if checksum(kid, *serial, context, plaintext).as_ref() != sum {
            return Err(VaultError::Tampered);
        }
        Ok(SecretSlice::from(plaintext.to_vec()))
    }

    fn mac(&self, purpose: MacPurpose, bytes: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.primary().as_bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(purpose.as_str().as_bytes());
        context.update(&[0]);
        context.update(bytes);
        array(context.sign().as_ref())
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        array(digest::digest(&SHA256, bytes).as_ref())
    }

    fn primary(&self) -> KeyId {
        self.keys().primary
    }
}

fn checksum(kid: KeyId, serial: [u8; 8], context: &SealContext<'_>, plaintext: &[u8]) -> digest::Digest {
    let mut sum = digest::Context::new(&SHA256);
    sum.update(kid.as_bytes());
    sum.update(&serial);
    let owner = context.owner.key();
    for field in [context.purpose.as_str(), owner.as_str(), context.id, context.provider.as_str()] {
        sum.update(&(field.len() as u64).to_be_bytes());
        sum.update(field.as_bytes());
    }
    sum.update(&context.epoch.to_be_bytes());
    sum.update(plaintext);
    sum.finish()
}

/// SHA-256 has 32 bytes; anything else would be zeros at the end.
fn array(bytes: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    for (to, from) in array.iter_mut().zip(bytes) {
        *to = *from;
    }
    array
}

#[cfg(test)]
mod tests {
    use bailee_core::{ExposeSecret, Owner, ProviderKey, SealPurpose};

    use super::*;

    #[test]
    fn a_forgotten_key_is_named_and_another_seals_on() -> anyhow::Result<()> {
        let (old, new) = (KeyId::new([1; 8]), KeyId::new([2; 8]));
        let vault = GlassVault::new([old]);
        let (owner, provider) = (Owner::user("u1")?, ProviderKey::new("google")?);
        let here = SealContext {
            purpose: SealPurpose::OAuthTokens,
            owner: &owner,
            id: "int_1",
            provider: &provider,
            epoch: 1,
        };
        let record = vault.seal(&here, b"token")?;
        vault.seal_with(new);
        assert_eq!(vault.open(&here, &record.bytes)?.expose_secret(), b"token");
        vault.forget(old);
        assert_eq!(vault.open(&here, &record.bytes).map(drop), Err(VaultError::KeyUnavailable { kid: old }));
        assert_eq!(vault.seal(&here, b"token")?.key, new);
        Ok(())
    }
}
