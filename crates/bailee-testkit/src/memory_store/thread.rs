use async_trait::async_trait;

use bailee_core::{
    Announcement, Owner, StoreError, ThreadId, ThreadPermissions, ThreadStore, store::ThreadGrant,
};

use super::MemoryStore;

#[async_trait]
impl ThreadStore for MemoryStore {
    async fn thread_grant(&self, owner: &Owner, thread: &ThreadId) -> Result<ThreadGrant, StoreError> {
        let key = (owner.clone(), thread.clone());
        Ok(self.tables().threads.get(&key).copied().unwrap_or_default())
    }

    async fn open_threads(
        &self,
        owner: &Owner,
        limit: u32,
    ) -> Result<Vec<(ThreadId, ThreadGrant)>, StoreError> {
        let tables = self.tables();
        let open = tables
            .threads
            .iter()
            .filter(|((whose, _), grant)| whose == owner && grant.permissions != ThreadPermissions::NONE);
        let mut open: Vec<_> = open.map(|((_, thread), grant)| (thread.clone(), *grant)).collect();
        open.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        open.truncate(limit.try_into().unwrap_or(usize::MAX));
        Ok(open)
    }

    async fn set_thread_grant(
        &self,
        owner: &Owner,
        thread: &ThreadId,
        permissions: ThreadPermissions,
        version: Option<i64>,
        announcement: Option<&Announcement>,
    ) -> Result<Option<ThreadGrant>, StoreError> {
        let key = (owner.clone(), thread.clone());
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let now = tables.threads.get(&key).copied().unwrap_or_default();
        if version.is_some_and(|version| version != now.version) {
            return Ok(None);
        }
        let grant = ThreadGrant { permissions, version: now.version + 1 };
        tables.threads.insert(key, grant);
        tables.raise(owner);
        tables.announce(announcement, now_ms);
        Ok(Some(grant))
    }
}
