use std::sync::{Arc, Mutex, PoisonError};

use bailee_core::{Entropy, EntropyError};
use bailee_engine::SystemEntropy;

/// How long the random values are that are secrets: `state`, PKCE verifiers, handles and nonces.
const SECRET: usize = 32;

/// The random source of the operating system, which keeps what was drawn: so every secret that the engine makes is
/// known, also those that nobody is ever shown. Clones share it.
#[derive(Clone, Default)]
pub struct Drawn(Arc<Mutex<Vec<Vec<u8>>>>);

impl Drawn {
    /// Every value that is long enough to be a secret.
    #[must_use]
    pub fn secrets(&self) -> Vec<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Nothing of what was drawn.
impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Drawn")
    }
}

impl Entropy for Drawn {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        SystemEntropy.fill(bytes)?;
        if bytes.len() >= SECRET {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes.to_vec());
        }
        Ok(())
    }
}
