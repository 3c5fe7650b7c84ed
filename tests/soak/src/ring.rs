use std::sync::{Arc, PoisonError, RwLock};

use bailee_core::{KeyId, MacPurpose, SealContext, Sealed, SecretSlice, Vault, VaultError};
use bailee_vault::KeyRing;

/// A key ring that is replaced while it is used, as where each process is started again with another one. Clones are the
/// same.
#[derive(Clone, Debug)]
pub struct Ring(Arc<RwLock<KeyRing>>);

impl Ring {
    /// This ring, until another one is given.
    #[must_use]
    pub fn new(keys: KeyRing) -> Self {
        Self(Arc::new(RwLock::new(keys)))
    }

    /// From now on this one.
    pub fn replace(&self, keys: KeyRing) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn now(&self) -> KeyRing {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Vault for Ring {
    fn seal(&self, context: &SealContext<'_>, plaintext: &[u8]) -> Result<Sealed, VaultError> {
        self.now().seal(context, plaintext)
    }

    fn open(&self, context: &SealContext<'_>, record: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        self.now().open(context, record)
    }

    fn mac(&self, purpose: MacPurpose, bytes: &[u8]) -> [u8; 32] {
        self.now().mac(purpose, bytes)
    }

    fn digest(&self, bytes: &[u8]) -> [u8; 32] {
        self.now().digest(bytes)
    }

    fn primary(&self) -> KeyId {
        self.now().primary()
    }
}
