use std::{
    collections::HashMap,
    env,
    ffi::OsString,
    fmt::{self, Debug},
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use ring::{
    digest::{SHA256, digest},
    rand::{SecureRandom as _, SystemRandom},
};
use secrecy::{ExposeSecretMut as _, SecretSlice};
use zeroize::{Zeroize as _, Zeroizing};

use bailee_core::{
    Entropy, EntropyError, KeyId, MacPurpose, SealContext, Sealed, SecretString, Vault, VaultError,
};

use crate::{
    env as source,
    envelope::{self, Envelope, HEAD_LEN, SALT_LEN, TAG_LEN},
    error::{KeyProblem, KeyRingError, Origin},
    key::{KEY_LEN, Key},
};

/// The keys of a host: the first seals, all open.
///
/// Cheap to clone; all clones have the same keys, also after [`KeyRing::reload`] and [`KeyRing::retire`]. `Debug` shows ids only. There is no way to switch the encryption off.
///
/// ```
/// use std::sync::Arc;
///
/// use bailee_core::{ExposeSecret, Owner, ProviderKey, SealContext, SealPurpose, Vault};
/// use bailee_vault::{KeyRing, RingEntropy};
///
/// let (keys, printable) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
/// let (owner, provider) = (Owner::user("u1")?, ProviderKey::new("google")?);
/// let row = SealContext { purpose: SealPurpose::OAuthTokens, owner: &owner, id: "a row", provider: &provider, epoch: 1 };
/// let sealed = keys.seal(&row, b"token")?;
///
/// let later = KeyRing::parse(printable.expose_secret())?;
/// assert_eq!(later.open(&row, &sealed.bytes)?.expose_secret(), b"token");
/// assert!(later.open(&SealContext { epoch: 2, ..row }, &sealed.bytes).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyRing {
    /// Replaced as a whole: whoever seals or opens sees the keys of before or of after.
    keys: Arc<RwLock<Arc<Keys>>>,
    entropy: Arc<dyn Entropy>,
}

#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) primary: Arc<Key>,
    /// Those that only open.
    pub(crate) others: HashMap<KeyId, Arc<Key>>,
    /// All ids as they were given.
    pub(crate) order: Vec<KeyId>,
    /// Ids whose records are refused, whether there is such a key or not.
    pub(crate) retired: Vec<KeyId>,
}

impl KeyRing {
    /// Reads the keys of this process: from the variable `name` (usually `BAILEE_KEYS`), or from the file that
    /// `<name>_FILE` names.
    ///
    /// Both hold the same: keys of 32 bytes as base64, separated by commas, the one that seals first. `<name>_RETIRED` may
    /// hold ids of keys that are [retired](KeyRing::retire): 16 hexadecimal digits, separated by commas.
    ///
    /// # Errors
    /// [`KeyRingError`] when neither or both are set, the file cannot be read, or any key is empty, not base64, not 32
    /// bytes, there already, or a placeholder of equal bytes; when a retired id is none, or that of the key that seals.
    #[expect(clippy::disallowed_methods, reason = "this is where the keys enter")]
    pub fn from_env(name: &str) -> Result<Self, KeyRingError> {
        let ring = Self::from_lookup(name, |variable| env::var_os(variable))?;
        tracing::info!(keys = ?ring.keys().order, "the key ring is read; its first key seals");
        Ok(ring)
    }

    /// The same with another environment: `lookup` gives the value of a variable.
    ///
    /// # Errors
    /// Those of [`KeyRing::from_env`].
    pub fn from_lookup(name: &str, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, KeyRingError> {
        let origin = Origin::Variable(name.to_owned());
        let ring = Self::of(source::from_lookup(name, &lookup)?, &origin)?;
        ring.retire(&source::retired(name, &lookup)?)?;
        Ok(ring)
    }

    /// Reads the keys in a file, for example a mounted secret.
    ///
    /// # Errors
    /// [`KeyRingError`] when it cannot be read, is longer than 64 KiB, is no text, or holds a key that is none.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyRingError> {
        Self::of(source::from_file(path.as_ref(), &Origin::File)?, &Origin::File)
    }

    /// Reads keys of 32 bytes as base64, separated by commas, the one that seals first.
    ///
    /// # Errors
    /// [`KeyRingError::Key`] when one of them is none.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        Self::of(source::parse(text, &Origin::Text)?, &Origin::Text)
    }

    /// Makes a ring of one new key, and that key as [`KeyRing::parse`] takes it, to be kept.
    ///
    /// # Errors
    /// [`KeyRingError::Entropy`] when the random source fails.
    pub fn generate(entropy: Arc<dyn Entropy>) -> Result<(Self, SecretString), KeyRingError> {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        entropy.fill(bytes.as_mut_slice()).map_err(|EntropyError| KeyRingError::Entropy)?;
        // A source that gives 32 equal bytes gives no randomness.
        let key = source::accept(&bytes).map_err(|_| KeyRingError::Entropy)?;
        let printable = SecretString::from(source::encode(&bytes).as_str());
        Ok((Self::of(vec![key], &Origin::Text)?.with_entropy(entropy), printable))
    }

    /// With another source of salts than the operating system.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// The ids of all keys in their order, the one that seals first. Safe to log.
    pub fn kids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().order.clone().into_iter()
    }

    /// The ids of the keys whose records are refused.
    pub fn retired(&self) -> impl Iterator<Item = KeyId> {
        self.keys().retired.clone().into_iter()
    }

    fn of(keys: Vec<Key>, origin: &Origin) -> Result<Self, KeyRingError> {
        let order = keys.iter().map(Key::kid).collect();
        let mut keys = keys.into_iter();
        let primary = keys.next().ok_or_else(|| KeyRingError::Key {
            origin: origin.clone(),
            index: 1,
            problem: KeyProblem::Empty,
        })?;
        Ok(Self::with_keys(Keys {
            primary: Arc::new(primary),
            others: keys.map(|key| (key.kid(), Arc::new(key))).collect(),
            order,
            retired: Vec::new(),
        }))
    }

    pub(crate) fn with_keys(keys: Keys) -> Self {
        Self { keys: Arc::new(RwLock::new(Arc::new(keys))), entropy: Arc::new(RingEntropy::new()) }
    }

    /// The keys as they are now.
    pub(crate) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the keys, at once for all clones, or leaves them as they are.
    pub(crate) fn replace(
        &self,
        change: impl FnOnce(&Keys) -> Result<Keys, KeyRingError>,
    ) -> Result<(), KeyRingError> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = Arc::new(change(&keys)?);
        Ok(())
    }
}

impl Keys {
    pub(crate) fn get(&self, kid: KeyId) -> Option<&Arc<Key>> {
        if self.primary.kid() == kid { Some(&self.primary) } else { self.others.get(&kid) }
    }

    fn that_opens(&self, kid: KeyId) -> Result<&Key, VaultError> {
        if self.retired.contains(&kid) {
            return Err(VaultError::KeyRetired { kid });
        }
        self.get(kid).map(AsRef::as_ref).ok_or(VaultError::KeyUnavailable { kid })
    }
}

/// Ids only.
impl Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").field("keys", &self.keys().order).finish_non_exhaustive()
    }
}

impl Vault for KeyRing {
    fn seal(&self, context: &SealContext<'_>, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        let key = &self.keys().primary;
        let context = envelope::context_hash(context).ok_or(VaultError::Failed)?;
        let prefix = envelope::prefix(key.kid());
        let mut salt = [0; SALT_LEN];
        self.entropy.fill(&mut salt).map_err(|EntropyError| VaultError::Failed)?;
        let record_key = key.record_key(&salt, &prefix, &context).map_err(|_| VaultError::Failed)?;

        let mut bytes = Vec::with_capacity(HEAD_LEN + plaintext.len() + TAG_LEN);
        bytes.extend_from_slice(&prefix);
        bytes.extend_from_slice(&salt);
        bytes.extend_from_slice(record_key.commit());
        bytes.extend_from_slice(plaintext);
        let tag = bytes
            .split_first_chunk_mut::<HEAD_LEN>()
            .and_then(|(head, body)| record_key.seal(head, &context, body).ok());
        let Some(tag) = tag else {
            bytes.zeroize();
            return Err(VaultError::Failed);
        };
        bytes.extend_from_slice(tag.as_ref());
        Ok(Sealed { bytes, key: key.kid() })
    }

    fn open(&self, context: &SealContext<'_>, record: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        let envelope = Envelope::parse(record)?;
        let keys = self.keys();
        let key = keys.that_opens(envelope.kid)?;
        let context = envelope::context_hash(context).ok_or(VaultError::Tampered)?;
        let record_key =
            key.record_key(envelope.salt, envelope.prefix, &context).map_err(|_| VaultError::Tampered)?;
        if !envelope::same(record_key.commit(), envelope.commit) {
            return Err(VaultError::Tampered);
        }
        // Decrypted where it stays; on failure the box is wiped as it is dropped.
        let mut plaintext = SecretSlice::new(Box::from(envelope.ciphertext));
        record_key
            .open(envelope.head, &context, envelope.tag, plaintext.expose_secret_mut())
            .map_err(|_| VaultError::Tampered)?;
        Ok(plaintext)
    }

    fn mac(&self, purpose: MacPurpose, bytes: &[u8]) -> [u8; 32] {
        self.keys().primary.mac(purpose.as_str(), bytes)
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        let mut sum = [0; 32];
        for (to, from) in sum.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
            *to = *from;
        }
        sum
    }

    fn primary(&self) -> KeyId {
        self.keys().primary.kid()
    }
}

/// The random source of the operating system, by ring.
#[derive(Clone, Debug)]
pub struct RingEntropy(SystemRandom);

impl RingEntropy {
    /// Opens nothing and reads nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for RingEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for RingEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        self.0.fill(bytes).map_err(|_| EntropyError)
    }
}
