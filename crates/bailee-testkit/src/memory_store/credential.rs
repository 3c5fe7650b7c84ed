use async_trait::async_trait;

use bailee_core::{
    AccountId, Announcement, ClientId, CredentialStore, IntegrationId, Lifecycle, ProviderKey, StatusReason,
    StoreError,
    store::{CredentialRow, Gate, LeaseRequest, Release, Renewed},
};

use super::{MemoryStore, Tables, millis, row::Row};

impl Tables {
    fn leased(&mut self, id: IntegrationId, lease_owner: [u8; 16], lease_epoch: i64) -> Option<&mut Row> {
        self.rows
            .get_mut(&id)
            .filter(|row| row.lease_owner == Some(lease_owner) && row.lease_epoch == lease_epoch)
    }
}

#[async_trait]
impl CredentialStore for MemoryStore {
    async fn read(&self, id: IntegrationId) -> Result<Option<CredentialRow>, StoreError> {
        let now_ms = self.now_ms();
        Ok(self.tables().rows.get(&id).map(|row| row.credential(now_ms)))
    }

    async fn acquire(&self, id: IntegrationId, request: LeaseRequest) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let furthest = now_ms.saturating_add(millis(request.longest));
        let mut tables = self.tables();
        let Some(row) = tables.rows.get_mut(&id).filter(|row| {
            row.is(request.lifecycle)
                && row.secret_epoch == request.secret_epoch
                && (request.ignore_gate || row.next_refresh_ms <= now_ms)
                && (row.lease_until_ms <= now_ms || row.lease_until_ms > furthest)
        }) else {
            return Ok(false);
        };
        // A lease that was released is 0: whoever held this one ended without saying how.
        if row.lease_until_ms != 0 {
            row.unknown_epoch = row.secret_epoch;
        }
        row.lease_epoch += 1;
        row.lease_owner = Some(request.lease_owner);
        row.lease_until_ms = now_ms.saturating_add(millis(request.duration));
        Ok(true)
    }

    async fn save(&self, id: IntegrationId, renewed: Renewed) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables.rows.get_mut(&id).filter(|row| row.secret_epoch < renewed.lease_epoch) else {
            return Ok(false);
        };
        row.sealed = renewed.sealed;
        row.secret_epoch = renewed.lease_epoch;
        row.refreshable = renewed.refreshable;
        row.expire_at(renewed.access_expires_ms, renewed.access_lifetime_ms);
        if let Some(granted) = renewed.granted {
            row.integration.granted = Some(granted);
        }
        if row.lease_owner == Some(renewed.lease_owner) {
            row.lease_until_ms = 0;
        }
        row.open_gate();
        let announcement = match row.integration.lifecycle {
            Lifecycle::Connected => renewed.refreshed,
            Lifecycle::NeedsReconnect => {
                row.revive();
                row.touch(now_ms);
                renewed.recovered
            }
            Lifecycle::Disconnecting => None,
        };
        tables.announce(announcement.as_ref(), now_ms);
        Ok(true)
    }

    async fn release(
        &self,
        id: IntegrationId,
        lease_owner: [u8; 16],
        lease_epoch: i64,
        release: Release,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables.leased(id, lease_owner, lease_epoch) else {
            return Ok(false);
        };
        if release.free {
            row.lease_until_ms = 0;
        }
        if release.failed {
            row.refresh_failures += 1;
        }
        row.next_refresh_ms = match release.gate {
            Gate::AfterExpiry => row.access_expires_ms.unwrap_or(0),
            Gate::For(duration) => now_ms.saturating_add(millis(duration)),
            Gate::Open => 0,
        };
        Ok(true)
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
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables
            .leased(id, lease_owner, lease_epoch)
            .filter(|row| row.is(Lifecycle::Connected) && row.secret_epoch == secret_epoch)
        else {
            return Ok(false);
        };
        row.lease_until_ms = 0;
        row.die(reason, now_ms);
        let owner = row.integration.owner.clone();
        tables.raise(&owner);
        tables.announce(announcement, now_ms);
        Ok(true)
    }

    async fn mark_expired(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let Some(row) = tables
            .rows
            .get_mut(&id)
            .filter(|row| row.is(Lifecycle::Connected) && row.secret_epoch == secret_epoch)
        else {
            return Ok(false);
        };
        row.die(StatusReason::Expired, now_ms);
        let owner = row.integration.owner.clone();
        tables.raise(&owner);
        tables.announce(announcement, now_ms);
        Ok(true)
    }

    async fn erase(
        &self,
        id: IntegrationId,
        revoked: Option<i64>,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let gone = tables.rows.get(&id).is_some_and(|row| {
            row.is(Lifecycle::Disconnecting) && revoked.is_none_or(|revoked| row.secret_epoch == revoked)
        });
        if gone {
            tables.rows.remove(&id);
            tables.announce(announcement, now_ms);
        }
        Ok(gone)
    }

    async fn others_of_account<'a>(
        &self,
        provider: &ProviderKey,
        client: Option<&'a ClientId>,
        account: &AccountId,
        except: Option<IntegrationId>,
    ) -> Result<u64, StoreError> {
        let tables = self.tables();
        let others = tables.rows.values().filter(|row| {
            let integration = &row.integration;
            row.is(Lifecycle::Connected)
                && integration.provider == *provider
                && integration.client.as_ref() == client
                && integration.account.id == *account
                && Some(integration.id) != except
        });
        Ok(others.count() as u64)
    }

    async fn of_account(
        &self,
        provider: &ProviderKey,
        account: &AccountId,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError> {
        let now_ms = self.now_ms();
        let tables = self.tables();
        let of_it = tables.rows.values().filter(|row| {
            let integration = &row.integration;
            !row.is(Lifecycle::Disconnecting)
                && integration.provider == *provider
                && integration.account.id == *account
        });
        Ok(of_it.take(limit as usize).map(|row| row.credential(now_ms)).collect())
    }
}
