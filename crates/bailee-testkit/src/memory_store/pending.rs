use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use bailee_core::{
    ConnectRequest, ConnectRequestId, FlowId, Owner, Parked, PendingFlow, PendingStore, ProviderKey,
    StoreError, UserId,
    store::{FlowLimits, Take},
};

use super::{MemoryStore, millis, row::moment};

pub(super) struct Kept {
    pub(super) flow: PendingFlow,
    pub(super) expires_ms: i64,
    pub(super) written: u64,
}

pub(super) struct KeptRequest {
    request: ConnectRequest,
    pub(super) expires_ms: i64,
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

impl KeptRequest {
    fn is_for(&self, owner: &Owner, id: ConnectRequestId, now_ms: i64) -> bool {
        self.request.owner == *owner && self.request.id == id && self.expires_ms > now_ms
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

    async fn put_request(
        &self,
        mut request: ConnectRequest,
        lifetime: Duration,
        most: u32,
    ) -> Result<DateTime<Utc>, StoreError> {
        let expires_ms = self.now_ms().saturating_add(millis(lifetime));
        let mut tables = self.tables();
        let alike: Vec<u64> = tables
            .requests
            .iter()
            .filter(|(_, kept)| {
                kept.request.owner == request.owner && kept.request.provider == request.provider
            })
            .map(|(number, _)| *number)
            .collect();
        let room = (most as usize).saturating_sub(1);
        let giving_way = alike.len().saturating_sub(room);
        if tables.requests.values().any(|kept| kept.request.id == request.id) {
            return Err(StoreError::Conflict);
        }
        for number in alike.iter().take(giving_way) {
            tables.requests.remove(number);
        }
        request.expires_at = moment(expires_ms);
        let expires_at = request.expires_at;
        let number = tables.next();
        tables.requests.insert(number, KeptRequest { request, expires_ms });
        Ok(expires_at)
    }

    async fn request(
        &self,
        owner: &Owner,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError> {
        let now_ms = self.now_ms();
        let tables = self.tables();
        Ok(tables
            .requests
            .values()
            .find(|kept| kept.is_for(owner, id, now_ms))
            .map(|kept| kept.request.clone()))
    }

    async fn request_to_user(
        &self,
        user: &UserId,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError> {
        let now_ms = self.now_ms();
        let tables = self.tables();
        let to_user = |kept: &&KeptRequest| {
            let owner = &kept.request.owner;
            owner.user_id() == user && kept.is_for(owner, id, now_ms)
        };
        Ok(tables.requests.values().find(to_user).map(|kept| kept.request.clone()))
    }

    async fn take_request(&self, owner: &Owner, id: ConnectRequestId) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let found = tables.requests.iter().find(|(_, kept)| kept.is_for(owner, id, now_ms));
        let number = found.map(|(number, _)| *number);
        Ok(number.is_some_and(|number| tables.requests.remove(&number).is_some()))
    }
}
