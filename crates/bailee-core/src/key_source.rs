use std::fmt::Debug;

use async_trait::async_trait;

use crate::{ErrorKind, KeyId, SecretSlice};

/// Where the keys of a vault come from, when not from the environment: a secret manager, or keys that a cloud's key service
/// wraps.
///
/// It is asked when a process starts and when a host reloads its keys. What it gave stays in memory: no token read asks it,
/// and its outage stops nothing that runs.
///
/// With a key service, keep 32 random bytes as the key, wrapped by the service, in a table of the host's, and unwrap them
/// here; the master key never leaves the service:
///
/// ```
/// use std::collections::HashMap;
///
/// use async_trait::async_trait;
/// use bailee_core::{KeyId, KeySource, KeySourceError, SecretSlice};
///
/// # #[derive(Debug)]
/// # struct Service;
/// # impl Service {
/// #     async fn decrypt(&self, _: &[u8], _: &[(&str, &str)]) -> Option<Vec<u8>> { None }
/// # }
/// #[derive(Debug)]
/// struct Wrapped {
///     service: Service,
///     /// The table `wrapped_keys (kid, wrapped)`, as it was read; the id of the key that seals now.
///     wrapped: HashMap<KeyId, Vec<u8>>,
///     seals: KeyId,
/// }
///
/// #[async_trait]
/// impl KeySource for Wrapped {
///     async fn primary(&self) -> Result<SecretSlice<u8>, KeySourceError> {
///         self.by_kid(self.seals).await?.ok_or(KeySourceError::Missing)
///     }
///
///     async fn by_kid(&self, kid: KeyId) -> Result<Option<SecretSlice<u8>>, KeySourceError> {
///         let Some(wrapped) = self.wrapped.get(&kid) else { return Ok(None) };
///         // The context is authenticated: a key wrapped for something else does not open here.
///         let context = [("app", "bailee"), ("kid", &kid.to_string())];
///         let key = self.service.decrypt(wrapped, &context).await.ok_or(KeySourceError::Unavailable)?;
///         Ok(Some(SecretSlice::from(key)))
///     }
/// }
/// ```
#[async_trait]
pub trait KeySource: Debug + Send + Sync {
    /// The 32 bytes of the key that seals now.
    ///
    /// # Behaviour
    /// - Asked once for each start and each reload.
    /// - A new answer is a rotation: the answer of before must still be had by its id.
    ///
    /// # Errors
    /// See [`KeySourceError`].
    async fn primary(&self) -> Result<SecretSlice<u8>, KeySourceError>;

    /// The 32 bytes of the key of this id; `None` when there is none.
    ///
    /// # Behaviour
    /// - Asked only for a key that the process does not have yet.
    /// - The id is derived from the key: an answer of another id is refused by whoever asks.
    ///
    /// # Errors
    /// See [`KeySourceError`].
    async fn by_kid(&self, kid: KeyId) -> Result<Option<SecretSlice<u8>>, KeySourceError>;
}

/// Why a [`KeySource`] gave no key. Says nothing of the key.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeySourceError {
    /// The source refused this process.
    #[error("the source of the keys refused access")]
    Denied,
    /// There is no key that seals.
    #[error("the source of the keys has no key that seals")]
    Missing,
    /// The source did not answer; later it may.
    #[error("the source of the keys is not available")]
    Unavailable,
}

impl KeySourceError {
    /// What the caller can do about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Denied | Self::Missing => ErrorKind::Config,
            Self::Unavailable => ErrorKind::Unavailable,
        }
    }
}
