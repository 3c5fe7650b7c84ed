use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{
    AccountId, ClientId, CredentialStore, FlowId, Integration, IntegrationId, IntegrationStore, KeyId,
    Maintenance, Outbox, OutboxId, OutboxItem, OutboxMessage, Owner, Parked, PendingFlow, PendingStore,
    ProviderKey, Sealed, StatusReason, StoreError,
    store::{
        Connection, CredentialRow, FlowLimits, LeaseRequest, NewIntegration, Release, Renewed, Selector,
        Take, Verdict,
    },
};
use bailee_storage::SqlStore;
use chrono::{DateTime, Utc};

use crate::{Stand, Step};

/// A store whose refreshes can stand still around their statements.
#[derive(Debug)]
pub struct StandingStore {
    store: SqlStore,
    stand: Stand,
    /// A lease was taken and its row not read since.
    leased: AtomicBool,
}

impl StandingStore {
    /// This store, standing still there.
    #[must_use]
    pub const fn new(store: SqlStore, stand: Stand) -> Self {
        Self { store, stand, leased: AtomicBool::new(false) }
    }
}

#[async_trait]
impl CredentialStore for StandingStore {
    async fn read(&self, id: IntegrationId) -> Result<Option<CredentialRow>, StoreError> {
        let row = self.store.read(id).await;
        if self.leased.swap(false, Ordering::SeqCst) {
            self.stand.pass(Step::Confirmed).await;
        }
        row
    }

    async fn acquire(&self, id: IntegrationId, request: LeaseRequest) -> Result<bool, StoreError> {
        let won = self.store.acquire(id, request).await;
        if won == Ok(true) {
            self.stand.pass(Step::Leased).await;
            self.leased.store(true, Ordering::SeqCst);
        }
        won
    }

    async fn save(&self, id: IntegrationId, renewed: Renewed) -> Result<bool, StoreError> {
        self.stand.pass(Step::Saving).await;
        let saved = self.store.save(id, renewed).await;
        self.stand.pass(Step::Saved).await;
        saved
    }

    async fn release(
        &self,
        id: IntegrationId,
        lease_owner: [u8; 16],
        lease_epoch: i64,
        release: Release,
    ) -> Result<bool, StoreError> {
        self.store.release(id, lease_owner, lease_epoch, release).await
    }

    async fn mark_dead(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        lease_owner: [u8; 16],
        lease_epoch: i64,
        reason: StatusReason,
    ) -> Result<bool, StoreError> {
        self.store.mark_dead(id, secret_epoch, lease_owner, lease_epoch, reason).await
    }

    async fn mark_expired(&self, id: IntegrationId, secret_epoch: i64) -> Result<bool, StoreError> {
        self.store.mark_expired(id, secret_epoch).await
    }

    async fn erase(&self, id: IntegrationId, revoked: Option<i64>) -> Result<bool, StoreError> {
        self.store.erase(id, revoked).await
    }

    async fn others_of_account<'a>(
        &self,
        provider: &ProviderKey,
        client: Option<&'a ClientId>,
        account: &AccountId,
        except: Option<IntegrationId>,
    ) -> Result<u64, StoreError> {
        self.store.others_of_account(provider, client, account, except).await
    }
}

#[async_trait]
impl IntegrationStore for StandingStore {
    async fn list(
        &self,
        owner: &Owner,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Integration>, StoreError> {
        self.store.list(owner, after, limit).await
    }

    async fn find(&self, owner: &Owner, id: IntegrationId) -> Result<Option<Integration>, StoreError> {
        self.store.find(owner, id).await
    }

    async fn of_provider(
        &self,
        owner: &Owner,
        provider: &ProviderKey,
    ) -> Result<Vec<Integration>, StoreError> {
        self.store.of_provider(owner, provider).await
    }

    async fn credentials(&self, owner: &Owner, which: &Selector) -> Result<Vec<CredentialRow>, StoreError> {
        self.store.credentials(owner, which).await
    }

    async fn insert(&self, new: NewIntegration) -> Result<Integration, StoreError> {
        self.store.insert(new).await
    }

    async fn reconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        lease_epoch: i64,
        connection: Connection,
    ) -> Result<bool, StoreError> {
        self.store.reconnect(owner, id, lease_epoch, connection).await
    }

    async fn set_status(
        &self,
        owner: &Owner,
        id: IntegrationId,
        verdict: Verdict,
    ) -> Result<bool, StoreError> {
        self.store.set_status(owner, id, verdict).await
    }

    async fn begin_disconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        message: OutboxMessage,
        delay: Duration,
    ) -> Result<bool, StoreError> {
        self.store.begin_disconnect(owner, id, message, delay).await
    }
}

#[async_trait]
impl PendingStore for StandingStore {
    async fn put(
        &self,
        flow: PendingFlow,
        lifetime: Duration,
        limits: FlowLimits,
    ) -> Result<DateTime<Utc>, StoreError> {
        self.store.put(flow, lifetime, limits).await
    }

    async fn peek(
        &self,
        state_hash: &[u8; 32],
        provider: &ProviderKey,
    ) -> Result<Option<PendingFlow>, StoreError> {
        self.store.peek(state_hash, provider).await
    }

    async fn park(&self, id: FlowId, parked: Parked) -> Result<bool, StoreError> {
        self.store.park(id, parked).await
    }

    async fn take<'a>(&self, take: Take<'a>) -> Result<Option<PendingFlow>, StoreError> {
        self.store.take(take).await
    }
}

#[async_trait]
impl Outbox for StandingStore {
    async fn add(&self, message: OutboxMessage, delay: Duration) -> Result<(), StoreError> {
        self.store.add(message, delay).await
    }

    async fn claim(
        &self,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        self.store.claim(limit, claim, duration).await
    }

    async fn complete(&self, id: OutboxId) -> Result<(), StoreError> {
        self.store.complete(id).await
    }

    async fn postpone(&self, id: OutboxId, claim: [u8; 16], delay: Duration) -> Result<bool, StoreError> {
        self.store.postpone(id, claim, delay).await
    }
}

#[async_trait]
impl Maintenance for StandingStore {
    async fn due_for_refresh(
        &self,
        providers: &[ProviderKey],
        margin: Duration,
        limit: u32,
    ) -> Result<Vec<IntegrationId>, StoreError> {
        self.store.due_for_refresh(providers, margin, limit).await
    }

    async fn reap_flows(&self, limit: u32) -> Result<u64, StoreError> {
        self.store.reap_flows(limit).await
    }

    async fn sample_records(&self, limit: u32) -> Result<Vec<CredentialRow>, StoreError> {
        self.store.sample_records(limit).await
    }

    async fn records_by_key(&self) -> Result<Vec<(KeyId, u64)>, StoreError> {
        self.store.records_by_key().await
    }

    async fn records_of_key(
        &self,
        key: KeyId,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError> {
        self.store.records_of_key(key, after, limit).await
    }

    async fn rewrap(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        from: KeyId,
        sealed: Sealed,
    ) -> Result<bool, StoreError> {
        self.store.rewrap(id, secret_epoch, from, sealed).await
    }
}
