use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use crate::{ProviderKey, StoreError};

/// Which events of providers came in before, so that a repeated one does nothing.
#[async_trait]
pub trait SeenStore: Debug + Send + Sync {
    /// Notes an event for at least `lifetime`. Tells whether it is new.
    ///
    /// # Behaviour
    /// - Of several at once, exactly one is told `true`.
    /// - `event` has at most 200 bytes; events of two providers are never the same.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn see(&self, provider: &ProviderKey, event: &str, lifetime: Duration) -> Result<bool, StoreError>;

    /// Forgets an event that could not be handled, so that its repetition is new.
    ///
    /// # Behaviour
    /// - An unknown event is `Ok`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn forget(&self, provider: &ProviderKey, event: &str) -> Result<(), StoreError>;
}
