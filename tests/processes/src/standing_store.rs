use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bailee_core::{
    AccountId, Announcement, ClientId, CredentialStore, IntegrationId, ProviderKey, StatusReason, StoreError,
    store::{CredentialRow, LeaseRequest, Release, Renewed},
};
use bailee_storage::SqlStore;

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
        self.stand.pass(Step::Asking).await;
        let won = self.store.acquire(id, request).await;
        self.stand.asked();
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
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        self.stand.pass(Step::Marking).await;
        self.store.mark_dead(id, secret_epoch, lease_owner, lease_epoch, reason, announcement).await
    }

    async fn mark_expired(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        self.store.mark_expired(id, secret_epoch, announcement).await
    }

    async fn erase(
        &self,
        id: IntegrationId,
        revoked: Option<i64>,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        self.store.erase(id, revoked, announcement).await
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

    async fn of_account(
        &self,
        provider: &ProviderKey,
        account: &AccountId,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError> {
        self.store.of_account(provider, account, limit).await
    }
}
