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
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The last one seals.
    keys: Vec<(KeyId, SecretSlice<u8>)>,
    calls: u64,
    down: bool,
}

impl MockKeySource {
    /// Keeps a key, which seals from now on.
    pub fn seal_with(&self, kid: KeyId, key: [u8; 32]) {
        let mut state = self.state();
        state.keys.retain(|(known, _)| *known != kid);
        state.keys.push((kid, SecretSlice::from(key.to_vec())));
    }

    /// Is down from now on, or there again.
    pub fn set_down(&self, down: bool) {
        self.state().down = down;
    }

    /// How often it was asked.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn asked(&self) -> Result<MutexGuard<'_, State>, KeySourceError> {
        let mut state = self.state();
        state.calls += 1;
        if state.down { Err(KeySourceError::Unavailable) } else { Ok(state) }
    }
}

#[async_trait]
impl KeySource for MockKeySource {
    async fn primary(&self) -> Result<SecretSlice<u8>, KeySourceError> {
        let state = self.asked()?;
        state.keys.last().map(|(_, key)| key.clone()).ok_or(KeySourceError::Missing)
    }

    async fn by_kid(&self, kid: KeyId) -> Result<Option<SecretSlice<u8>>, KeySourceError> {
        let state = self.asked()?;
        Ok(state.keys.iter().find(|(known, _)| *known == kid).map(|(_, key)| key.clone()))
    }
}
