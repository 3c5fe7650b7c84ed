use std::{
    collections::{BTreeMap, HashSet},
    ops::Bound,
    time::Duration,
};

use async_trait::async_trait;

use bailee_core::{
    IntegrationId, KeyId, Lifecycle, Maintenance, ParkedAnswer, ProviderKey, StoreError,
    store::{Backlog, CredentialRow, KeyCount, Resealed, SealedCredential, SealedTable},
};

use super::{MemoryStore, Tables, event::Waiting, millis, outbox::Queued};

#[async_trait]
impl Maintenance for MemoryStore {
    async fn due_for_refresh(
        &self,
        provider: &ProviderKey,
        margin: Duration,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError> {
        let now_ms = self.now_ms();
        let horizon = now_ms.saturating_add(millis(margin));
        let tables = self.tables();
        let mut due: Vec<_> = tables
            .rows
            .values()
            .filter(|row| {
                row.is(Lifecycle::Connected)
                    && row.refreshable
                    && row.next_refresh_ms <= now_ms
                    && row.lease_until_ms <= now_ms
                    && row.integration.provider == *provider
            })
            .filter_map(|row| Some((row.access_expires_ms?, row)))
            .filter(|(expires_ms, _)| *expires_ms < horizon)
            .collect();
        due.sort_unstable_by_key(|(expires_ms, row)| (*expires_ms, row.integration.id));
        Ok(due.into_iter().take(limit as usize).map(|(_, row)| row.credential(now_ms)).collect())
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
        let events = tables.events.values().map(Waiting::due_from_ms);
        let first = tables.messages.values().map(Queued::due_from_ms).chain(events).min();
        let waiting = tables.messages.len() + tables.events.len();
        let overdue = first.and_then(|first| u64::try_from(now_ms.saturating_sub(first)).ok());
        Ok(Backlog { waiting: waiting as u64, overdue: overdue.map(Duration::from_millis) })
    }

    async fn records_by_key(&self) -> Result<Vec<KeyCount>, StoreError> {
        let tables = self.tables();
        let mut counts: BTreeMap<(SealedTable, Option<KeyId>), u64> = BTreeMap::new();
        for (table, key) in tables.sealed() {
            *counts.entry((table, key)).or_default() += 1;
        }
        Ok(counts.into_iter().map(|((table, key), records)| KeyCount { table, key, records }).collect())
    }

    async fn records_of_key(
        &self,
        key: KeyId,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<SealedCredential>, StoreError> {
        let rows = self.tables();
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        let of_key = rows.rows.range((begin, Bound::Unbounded)).filter(|(_, row)| row.sealed.key == key);
        Ok(of_key.take(limit as usize).map(|(_, row)| row.sealed_credential()).collect())
    }

    async fn rewrap(&self, from: KeyId, page: Vec<Resealed<IntegrationId>>) -> Result<u64, StoreError> {
        let mut tables = self.tables();
        let mut written = 0;
        for Resealed { id, secret_epoch, sealed } in page {
            let row = tables.rows.get_mut(&id);
            if let Some(row) = row.filter(|row| row.secret_epoch == secret_epoch && row.sealed.key == from) {
                row.sealed = sealed;
                written += 1;
            }
        }
        Ok(written)
    }
}

impl Tables {
    /// Every sealed record that is kept, by its table and its key.
    fn sealed(&self) -> impl Iterator<Item = (SealedTable, Option<KeyId>)> {
        let rows = self.rows.values().map(|row| (SealedTable::Integrations, Some(row.sealed.key)));
        let secrets = self.secrets.values().map(|kept| (SealedTable::Secrets, Some(kept.sealed.key)));
        let results = self.calls.values().filter_map(|call| call.result.as_ref());
        let calls = results.map(|sealed| (SealedTable::Calls, KeyId::of_record(&sealed.bytes)));
        let messages = self.messages.values().filter_map(|queued| queued.message.job.sealed());
        let messages = messages.map(|sealed| (SealedTable::Messages, KeyId::of_record(sealed)));
        let flows = self.flows.values().flat_map(|kept| {
            let code = kept.flow.parked.as_ref().and_then(|parked| match &parked.answer {
                ParkedAnswer::Code(code) => Some(code),
                ParkedAnswer::Error(_) => None,
            });
            [Some(&kept.flow.verifier), code].into_iter().flatten()
        });
        let flows = flows.map(|record| (SealedTable::Flows, KeyId::of_record(record)));
        rows.chain(secrets).chain(calls).chain(messages).chain(flows)
    }
}

/// Removes at most `limit` of what has expired, and returns how many.
pub(super) fn reap<K: Clone + Ord, V>(
    table: &mut BTreeMap<K, V>,
    limit: u32,
    expired: impl Fn(&V) -> bool,
) -> u64 {
    let gone = table.iter().filter(|(_, value)| expired(value)).take(limit as usize);
    let gone: Vec<K> = gone.map(|(key, _)| key.clone()).collect();
    for key in &gone {
        table.remove(key);
    }
    gone.len() as u64
}
