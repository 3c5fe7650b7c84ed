use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ring::digest::{Context, SHA256};

use bailee_core::{Entropy, EntropyError};

/// Bytes that look random and are the same in every run: SHA-256 over seed and counter. For tests only.
///
/// Clones share the counter; two values of one seed give the same bytes.
///
/// ```
/// use bailee_core::Entropy;
/// use bailee_testkit::SeededEntropy;
///
/// let (mut one, mut other) = ([0; 40], [0; 40]);
/// SeededEntropy::new(7).fill(&mut one)?;
/// SeededEntropy::new(7).fill(&mut other)?;
/// assert_eq!(one, other);
/// # Ok::<(), bailee_core::EntropyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SeededEntropy {
    seed: u64,
    block: Arc<AtomicU64>,
}

impl SeededEntropy {
    /// The sequence of this seed, from its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, block: Arc::new(AtomicU64::new(0)) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        for chunk in bytes.chunks_mut(32) {
            let mut context = Context::new(&SHA256);
            context.update(&self.seed.to_be_bytes());
            context.update(&self.block.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            for (byte, random) in chunk.iter_mut().zip(context.finish().as_ref()) {
                *byte = *random;
            }
        }
        Ok(())
    }
}

/// A random source that always fails.
#[derive(Clone, Copy, Debug)]
pub struct BrokenEntropy;

impl Entropy for BrokenEntropy {
    fn fill(&self, _bytes: &mut [u8]) -> Result<(), EntropyError> {
        Err(EntropyError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_seeds_nor_readings_repeat() -> anyhow::Result<()> {
        let entropy = SeededEntropy::new(1);
        let mut readings = [[0_u8; 33]; 3];
        entropy.fill(&mut readings[0])?;
        entropy.clone().fill(&mut readings[1])?;
        SeededEntropy::new(2).fill(&mut readings[2])?;
        assert!(readings[0] != readings[1] && readings[1] != readings[2] && readings[0] != readings[2]);
        Ok(())
    }
}
