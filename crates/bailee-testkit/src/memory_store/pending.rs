use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use bailee_core::{
    FlowId, Parked, PendingFlow, PendingStore, ProviderKey, StoreError,
    store::{FlowLimits, Take},
};

use super::{MemoryStore, millis, row::moment};

pub(super) struct Kept {
    pub(super) flow: PendingFlow,
    pub(super) expires_ms: i64,
    pub(super) written: u64,
}

impl Kept {
    fn lives(&self, now_ms: i64) -> bool {
        self.expires_ms > now_ms
    }

    fn answers(&self, take: &Take<'_>) -> bool {
        self.flow.state_hash == take.state_hash
            && self.flow.provider == *take.provider
            && self.flow.owner == *take.owner
            && take.proofs.contains(&self.flow.proof)
            && self.flow.parked.as_ref().map(|parked| parked.handle_hash) == take.handle_hash
    }
}

#[async_trait]
impl PendingStore for MemoryStore {
    async fn put(
        &self,
        mut flow: PendingFlow,
        lifetime: Duration,
        limits: FlowLimits,
    ) -> Result<DateTime<Utc>, StoreError> {
        let now_ms = self.now_ms();
        let expires_ms = now_ms.saturating_add(millis(lifetime));
        let mut tables = self.tables();
        let mut mine: Vec<(u64, FlowId)> = tables
            .flows
            .values()
            .filter(|other| other.flow.owner == flow.owner && other.flow.provider == flow.provider)
            .map(|other| (other.written, other.flow.id))
            .collect();
        mine.sort_unstable();
        let room = (limits.per_owner_and_provider as usize).saturating_sub(1);
        mine.truncate(mine.len().saturating_sub(room));
        let given_way = |id: &FlowId| mine.iter().any(|(_, mine)| mine == id);

        let staying = || tables.flows.values().filter(|other| !given_way(&other.flow.id));
        let clash =
            staying().any(|other| other.flow.id == flow.id || other.flow.state_hash == flow.state_hash);
        let alive = staying().filter(|other| other.lives(now_ms)).count();
        if clash || alive >= limits.total as usize {
            return Err(StoreError::Conflict);
        }
        for (_, id) in &mine {
            tables.flows.remove(id);
        }
        flow.expires_at = moment(expires_ms);
        let written = tables.next();
        let expires_at = flow.expires_at;
        tables.flows.insert(flow.id, Kept { flow, expires_ms, written });
        Ok(expires_at)
    }

    async fn peek(
        &self,
        state_hash: &[u8; 32],
        provider: &ProviderKey,
    ) -> Result<Option<PendingFlow>, StoreError> {
        let now_ms = self.now_ms();
        Ok(self
            .tables()
            .flows
            .values()
            .find(|flow| {
                flow.lives(now_ms) && flow.flow.state_hash == *state_hash && flow.flow.provider == *provider
            })
            .map(|flow| flow.flow.clone()))
    }

    async fn park(&self, id: FlowId, parked: Parked) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(flow) =
            tables.flows.get_mut(&id).filter(|flow| flow.lives(now_ms) && flow.flow.parked.is_none())
        else {
            return Ok(false);
        };
        flow.flow.parked = Some(parked);
        Ok(true)
    }

    async fn take<'a>(&self, take: Take<'a>) -> Result<Option<PendingFlow>, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let found = tables
            .flows
            .values()
            .find(|flow| flow.lives(now_ms) && flow.answers(&take))
            .map(|flow| flow.flow.id);
        Ok(found.and_then(|id| tables.flows.remove(&id)).map(|flow| flow.flow))
    }
}
