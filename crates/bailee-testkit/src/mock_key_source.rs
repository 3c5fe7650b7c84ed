use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use bailee_core::{KeyId, KeySource, KeySourceError, SecretSlice};

/// A source of keys as a cloud's key service is one: it keeps keys, counts how often it is asked, and can be down. Clones
/// share all that.
///
/// It does not derive ids: a test says which key has which, so that it may lie.
///
/// ```
/// use bailee_core::{KeyId, KeySource, KeySourceError};
/// use bailee_testkit::MockKeySource;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let source = MockKeySource::default();
/// source.seal_with(KeyId::new(*b"the key!"), [7; 32]);
/// assert!(source.primary().await.is_ok());
/// source.set_down(true);
/// assert_eq!(source.primary().await.err(), Some(KeySourceError::Unavailable));
/// assert_eq!(source.calls(), 2);
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MockKeySource {
    cabinet: Arc<Mutex<Cabinet>>,
}

#[derive(Debug, Default)]
struct Cabinet {
    /// The last one seals.
    keys: Vec<(KeyId, SecretSlice<u8>)>,
    calls: u64,
    down: bool,
}

impl MockKeySource {
    /// Keeps a key, which seals from now on.
    pub fn seal_with(&self, kid: KeyId, key: [u8; 32]) {
        let mut cabinet = self.cabinet();
        cabinet.keys.retain(|(known, _)| *known != kid);
        cabinet.keys.push((kid, SecretSlice::from(key.to_vec())));
    }

    /// Is down from now on, or there again.
    pub fn set_down(&self, down: bool) {
        self.cabinet().down = down;
    }

    /// How often it was asked.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.cabinet().calls
    }

    fn cabinet(&self) -> MutexGuard<'_, Cabinet> {
        self.cabinet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self) -> Result<MutexGuard<'_, Cabinet>, KeySourceError> {
        let mut cabinet = self.cabinet();
        cabinet.calls += 1;
        if cabinet.down { Err(KeySourceError::Unavailable) } else { Ok(cabinet) }
    }
}

#[async_trait]
impl KeySource for MockKeySource {
    async fn primary(&self) -> Result<SecretSlice<u8>, KeySourceError> {
        let cabinet = self.asked()?;
        cabinet.keys.last().map(|(_, key)| key.clone()).ok_or(KeySourceError::Missing)
    }

    async fn by_kid(&self, kid: KeyId) -> Result<Option<SecretSlice<u8>>, KeySourceError> {
        let cabinet = self.asked()?;
        Ok(cabinet.keys.iter().find(|(known, _)| *known == kid).map(|(_, key)| key.clone()))
    }
}
