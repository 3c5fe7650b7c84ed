use std::fmt::Debug;

/// Unpredictable bytes as an argument.
pub trait Entropy: Debug + Send + Sync {
    /// Fills `bytes` from a cryptographically secure source.
    ///
    /// # Behaviour
    /// - All of `bytes` is written, or an error is returned and its content is unspecified.
    ///
    /// # Errors
    /// [`EntropyError`] when the source fails. Callers stop: there is no weaker fallback.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The random source failed.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the random source of the system failed")]
pub struct EntropyError;
