use async_trait::async_trait;

use bailee_core::{Owner, OwnerKey, StoreError, VersionStore};

use super::{MemoryStore, Tables};

impl Tables {
    /// Something changed of what the owner's agents may use.
    pub(super) fn raise(&mut self, owner: &Owner) {
        *self.versions.entry(owner.key()).or_default() += 1;
    }
}

#[async_trait]
impl VersionStore for MemoryStore {
    async fn owner_versions(&self, owners: &[OwnerKey]) -> Result<Vec<i64>, StoreError> {
        let tables = self.tables();
        Ok(owners.iter().map(|owner| tables.versions.get(owner).copied().unwrap_or_default()).collect())
    }

    async fn raise_version(&self, owner: &Owner) -> Result<(), StoreError> {
        self.tables().raise(owner);
        Ok(())
    }
}
