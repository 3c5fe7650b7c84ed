use std::ops::Bound;

use async_trait::async_trait;

use bailee_core::{
    KeyId, Owner, SecretId, SecretName, SecretStore, StoreError, UserSecret,
    store::{NewSecret, Resealed, SealedSecret, SecretChange},
};

use super::{MemoryStore, Tables, row::moment};

impl Tables {
    fn secret_of(&mut self, owner: &Owner, id: SecretId) -> Option<&mut SealedSecret> {
        self.secrets.get_mut(&id).filter(|kept| kept.secret.owner == *owner)
    }

    fn secret_named(&self, owner: &Owner, name: &SecretName) -> Option<&SealedSecret> {
        self.secrets.values().find(|kept| kept.secret.owner == *owner && kept.secret.name == *name)
    }

    fn secrets_after(&self, after: Option<SecretId>) -> impl Iterator<Item = &SealedSecret> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.secrets.range((from, Bound::Unbounded)).map(|(_, kept)| kept)
    }
}

#[async_trait]
impl SecretStore for MemoryStore {
    async fn list_secrets(
        &self,
        owner: &Owner,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<UserSecret>, StoreError> {
        let tables = self.tables();
        let mine = tables.secrets_after(after).filter(|kept| kept.secret.owner == *owner);
        Ok(mine.take(limit as usize).map(|kept| kept.secret.clone()).collect())
    }

    async fn find_secret(&self, owner: &Owner, id: SecretId) -> Result<Option<UserSecret>, StoreError> {
        Ok(self.tables().secret_of(owner, id).map(|kept| kept.secret.clone()))
    }

    async fn sealed_secret(
        &self,
        owner: &Owner,
        name: &SecretName,
    ) -> Result<Option<SealedSecret>, StoreError> {
        Ok(self.tables().secret_named(owner, name).cloned())
    }

    async fn insert_secret(&self, new: NewSecret) -> Result<UserSecret, StoreError> {
        let now = moment(self.now_ms());
        let mut tables = self.tables();
        if tables.secrets.contains_key(&new.id) || tables.secret_named(&new.owner, &new.name).is_some() {
            return Err(StoreError::Conflict);
        }
        let NewSecret { id, owner, name, scope, sealed } = new;
        let secret = UserSecret { id, owner, name, scope, version: 1, created_at: now, updated_at: now };
        tables.secrets.insert(id, SealedSecret { secret: secret.clone(), sealed, secret_epoch: 1 });
        Ok(secret)
    }

    async fn update_secret(
        &self,
        owner: &Owner,
        id: SecretId,
        version: i64,
        change: SecretChange,
    ) -> Result<Option<UserSecret>, StoreError> {
        let now = moment(self.now_ms());
        let mut tables = self.tables();
        let Some(kept) = tables.secret_of(owner, id).filter(|kept| kept.secret.version == version) else {
            return Ok(None);
        };
        kept.secret.version += 1;
        kept.secret.updated_at = now;
        if let Some(scope) = change.scope {
            kept.secret.scope = scope;
        }
        if let Some(sealed) = change.sealed {
            kept.sealed = sealed;
            kept.secret_epoch = kept.secret.version;
        }
        Ok(Some(kept.secret.clone()))
    }

    async fn delete_secret(&self, owner: &Owner, id: SecretId) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let mine = tables.secret_of(owner, id).is_some();
        if mine {
            tables.secrets.remove(&id);
        }
        Ok(mine)
    }

    async fn secrets_of_key(
        &self,
        key: KeyId,
        after: Option<SecretId>,
        limit: u32,
    ) -> Result<Vec<SealedSecret>, StoreError> {
        let tables = self.tables();
        let of_key = tables.secrets_after(after).filter(|kept| kept.sealed.key == key);
        Ok(of_key.take(limit as usize).cloned().collect())
    }

    async fn rewrap_secrets(&self, from: KeyId, page: Vec<Resealed<SecretId>>) -> Result<u64, StoreError> {
        let mut tables = self.tables();
        let mut written = 0;
        for Resealed { id, secret_epoch, sealed } in page {
            let kept = tables.secrets.get_mut(&id);
            if let Some(kept) =
                kept.filter(|kept| kept.secret_epoch == secret_epoch && kept.sealed.key == from)
            {
                kept.sealed = sealed;
                written += 1;
            }
        }
        Ok(written)
    }
}
