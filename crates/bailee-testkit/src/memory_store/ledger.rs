use std::{ops::Bound, time::Duration};

use async_trait::async_trait;

use bailee_core::{
    Ledger, LedgerEntry, LedgerId, LedgerRecord, Outcome, Owner, StoreError,
    store::{Completion, LedgerFilter},
};

use super::{MemoryStore, millis, row::moment};

pub(super) struct Line {
    owner: Owner,
    written_ms: i64,
    record: LedgerRecord,
}

impl Line {
    fn new(entry: LedgerEntry, now_ms: i64) -> Self {
        let ended = entry.ended;
        let mut line = Self {
            owner: entry.owner,
            written_ms: now_ms,
            record: LedgerRecord {
                id: entry.id,
                at: moment(now_ms),
                action: entry.action,
                outcome: entry.outcome,
                refusal: entry.refusal.map(|refusal| refusal.as_str().to_owned()),
                rule: entry.refusal.map(|refusal| refusal.rule().to_string()),
                profile: entry.profile,
                thread: entry.thread,
                tool: entry.tool,
                provider: entry.provider,
                integration: entry.integration,
                details: entry.details,
                latency_ms: None,
                bytes_out: None,
                truncated: None,
                provider_status: None,
                provider_request_id: None,
                token_refreshed: None,
            },
        };
        if let Some(completion) = ended {
            line.end(completion);
        }
        line
    }

    fn end(&mut self, completion: Completion) {
        let record = &mut self.record;
        record.latency_ms = Some(millis(completion.latency));
        record.bytes_out = Some(i64::try_from(completion.bytes_out).unwrap_or(i64::MAX));
        record.truncated = Some(completion.truncated);
        record.provider_status = completion.provider_status;
        record.provider_request_id = completion.provider_request_id;
        record.token_refreshed = Some(completion.token_refreshed);
    }

    fn is(&self, owner: &Owner, filter: &LedgerFilter) -> bool {
        self.owner == *owner
            && filter.action.is_none_or(|action| self.record.action == action)
            && (filter.thread.is_none() || self.record.thread == filter.thread)
            && (filter.integration.is_none() || self.record.integration == filter.integration)
    }
}

#[async_trait]
impl Ledger for MemoryStore {
    async fn append(&self, entry: LedgerEntry) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        self.tables().ledger.entry(entry.id).or_insert_with(|| Line::new(entry, now_ms));
        Ok(())
    }

    async fn complete_entry(&self, id: LedgerId, completion: Completion) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let started = tables.ledger.get_mut(&id).filter(|line| line.record.outcome == Outcome::Started);
        let Some(line) = started else { return Ok(false) };
        line.record.outcome = completion.outcome;
        line.end(completion);
        Ok(true)
    }

    async fn entries(
        &self,
        owner: &Owner,
        filter: &LedgerFilter,
        before: Option<LedgerId>,
        limit: u32,
    ) -> Result<Vec<LedgerRecord>, StoreError> {
        let to = before.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self
            .tables()
            .ledger
            .range((Bound::Unbounded, to))
            .rev()
            .map(|(_, line)| line)
            .filter(|line| line.is(owner, filter))
            .take(limit as usize)
            .map(|line| line.record.clone())
            .collect())
    }

    async fn reap_entries(&self, age: Duration, limit: u32) -> Result<u64, StoreError> {
        let oldest_kept = self.now_ms().saturating_sub(millis(age));
        let mut tables = self.tables();
        let mut old: Vec<(i64, LedgerId)> = tables
            .ledger
            .values()
            .filter(|line| line.written_ms <= oldest_kept)
            .map(|line| (line.written_ms, line.record.id))
            .collect();
        old.sort_unstable();
        old.truncate(limit as usize);
        for (_, id) in &old {
            tables.ledger.remove(id);
        }
        Ok(old.len() as u64)
    }
}
