use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{ProviderKey, StoreError, store::SeenStore};

use super::{MemoryStore, millis};

#[async_trait]
impl SeenStore for MemoryStore {
    async fn see(&self, provider: &ProviderKey, event: &str, lifetime: Duration) -> Result<bool, StoreError> {
        let expires_ms = self.now_ms().saturating_add(millis(lifetime));
        let mut tables = self.tables();
        let named = (provider.clone(), event.to_owned());
        let new = !tables.seen.contains_key(&named);
        tables.seen.entry(named).or_insert(expires_ms);
        Ok(new)
    }

    async fn forget(&self, provider: &ProviderKey, event: &str) -> Result<(), StoreError> {
        self.tables().seen.remove(&(provider.clone(), event.to_owned()));
        Ok(())
    }
}
