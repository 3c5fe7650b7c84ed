use std::{
    collections::{BTreeMap, HashSet},
    ops::Bound,
    time::Duration,
};

use async_trait::async_trait;

use bailee_core::{
    IntegrationId, KeyId, Lifecycle, Maintenance, ProviderKey, Sealed, StoreError,
    store::{Backlog, CredentialRow},
};

use super::{MemoryStore, millis, outbox::Queued};

#[async_trait]
impl Maintenance for MemoryStore {
    async fn due_for_refresh(
        &self,
        providers: &[ProviderKey],
        margin: Duration,
        limit: u32,
    ) -> Result<Vec<IntegrationId>, StoreError> {
        let now_ms = self.now_ms();
        let horizon = now_ms.saturating_add(millis(margin));
        let tables = self.tables();
        let mut due: Vec<(i64, IntegrationId)> = tables
            .rows
            .values()
            .filter(|row| {
                row.is(Lifecycle::Connected)
                    && row.refreshable
                    && row.next_refresh_ms <= now_ms
                    && providers.contains(&row.integration.provider)
            })
            .filter_map(|row| Some((row.access_expires_ms?, row.integration.id)))
            .filter(|(expires_ms, _)| *expires_ms < horizon)
            .collect();
        due.sort_unstable();
        Ok(due.into_iter().take(limit as usize).map(|(_, id)| id).collect())
    }

    async fn reap_expired(&self, limit: u32) -> Result<u64, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let tables = &mut *tables;
        Ok(reap(&mut tables.flows, limit, |flow| flow.expires_ms <= now_ms)
            + reap(&mut tables.requests, limit, |request| request.expires_ms <= now_ms)
            + reap(&mut tables.runs, limit, |run| run.expires_ms <= now_ms)
            + reap(&mut tables.calls, limit, |call| call.expires_ms <= now_ms)
            + reap(&mut tables.seen, limit, |expires_ms| *expires_ms <= now_ms))
    }

    async fn sample_records(&self, limit: u32) -> Result<Vec<CredentialRow>, StoreError> {
        let now_ms = self.now_ms();
        let tables = self.tables();
        let mut seen = HashSet::new();
        Ok(tables
            .rows
            .values()
            .rev()
            .filter(|row| seen.insert(row.sealed.key))
            .take(limit as usize)
            .map(|row| row.credential(now_ms))
            .collect())
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let now_ms = self.now_ms();
        let tables = self.tables();
        let first = tables.messages.values().map(Queued::due_from_ms).min();
        let overdue = first.and_then(|first| u64::try_from(now_ms.saturating_sub(first)).ok());
        Ok(Backlog { waiting: tables.messages.len() as u64, overdue: overdue.map(Duration::from_millis) })
    }

    async fn records_by_key(&self) -> Result<Vec<(KeyId, u64)>, StoreError> {
        let mut counts: BTreeMap<[u8; 8], u64> = BTreeMap::new();
        let tables = self.tables();
        let of_rows = tables.rows.values().map(|row| row.sealed.key);
        for key in of_rows.chain(tables.secrets.values().map(|kept| kept.sealed.key)) {
            *counts.entry(*key.as_bytes()).or_default() += 1;
        }
        Ok(counts.into_iter().map(|(key, count)| (KeyId::new(key), count)).collect())
    }

    async fn records_of_key(
        &self,
        key: KeyId,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError> {
        let now_ms = self.now_ms();
        let rows = self.tables();
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let of_key = rows.rows.range((begin, Bound::Unbounded)).filter(|(_, row)| row.sealed.key == key);
        Ok(of_key.take(limit as usize).map(|(_, row)| row.credential(now_ms)).collect())
    }

    async fn rewrap(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        from: KeyId,
        sealed: Sealed,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let row = tables.rows.get_mut(&id);
        let row = row.filter(|row| row.secret_epoch == secret_epoch && row.sealed.key == from);
        Ok(row.map(|row| row.sealed = sealed).is_some())
    }
}

/// Removes at most `limit` of what has expired, and returns how many.
fn reap<K: Clone + Ord, V>(table: &mut BTreeMap<K, V>, limit: u32, expired: impl Fn(&V) -> bool) -> u64 {
    let gone = table.iter().filter(|(_, value)| expired(value)).take(limit as usize);
    let gone: Vec<K> = gone.map(|(key, _)| key.clone()).collect();
    for key in &gone {
        table.remove(key);
    }
    gone.len() as u64
}
