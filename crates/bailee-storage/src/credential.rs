use async_trait::async_trait;

use bailee_core::{
    AccountId, Announcement, ClientId, CredentialStore, IntegrationId, OAuthScopes, ProviderKey,
    StatusReason, StoreError,
    store::{CredentialRow, Gate, LeaseRequest, Release, Renewed},
};

use crate::{
    SqlStore, connect::millis, entity::Number, row::Record, statement::Statement, value::Value,
    version::RAISE_OF_ROW,
};

// MySQL assigns from left to right: in every SET below, a column is read before it is assigned.

pub(crate) static READ: Statement =
    Statement::selecting(CredentialRow::COLUMNS, "SELECT {columns} FROM user_integrations WHERE id = :id");

pub(crate) static ACQUIRE: Statement = Statement::new(
    "UPDATE user_integrations SET \
     unknown_epoch = CASE WHEN lease_until_ms <> 0 THEN secret_epoch ELSE unknown_epoch END, \
     lease_owner = :holder, lease_epoch = lease_epoch + 1, lease_until_ms = {now} + :duration \
     WHERE id = :id AND lifecycle = :lifecycle AND secret_epoch = :seen \
     AND (:ignore_gate OR next_refresh_ms <= {now}) \
     AND (lease_until_ms <= {now} OR lease_until_ms > {now} + :longest)",
);

pub(crate) static SAVE: Statement = Statement::new(
    "UPDATE user_integrations SET secret = :secret, key_id = :key, secret_epoch = :epoch, \
     refreshable = :refreshable, access_expires_ms = :expires, access_lifetime_ms = :lifetime, \
     granted = COALESCE(:granted, granted), refresh_failures = 0, next_refresh_ms = 0, \
     status = CASE WHEN lifecycle = 'needs_reconnect' THEN 'Valid' ELSE status END, \
     status_reason = CASE WHEN lifecycle = 'needs_reconnect' THEN NULL ELSE status_reason END, \
     version = CASE WHEN lifecycle = 'needs_reconnect' THEN version + 1 ELSE version END, \
     updated_ms = CASE WHEN lifecycle = 'needs_reconnect' THEN {now} ELSE updated_ms END, \
     lifecycle = CASE WHEN lifecycle = 'needs_reconnect' THEN 'connected' ELSE lifecycle END, \
     dead_reason = NULL, \
     lease_until_ms = CASE WHEN lease_owner = :holder THEN 0 ELSE lease_until_ms END \
     WHERE id = :id AND secret_epoch < :epoch",
);

pub(crate) static RELEASE: Statement = Statement::new(
    "UPDATE user_integrations SET \
     lease_until_ms = CASE WHEN :free THEN 0 ELSE lease_until_ms END, \
     refresh_failures = CASE WHEN :failed THEN refresh_failures + 1 ELSE refresh_failures END, \
     next_refresh_ms = CASE WHEN :after_expiry THEN COALESCE(access_expires_ms, 0) \
       WHEN :wait THEN {now} + :delay ELSE 0 END \
     WHERE id = :id AND lease_owner = :holder AND lease_epoch = :epoch",
);

pub(crate) static MARK_DEAD: Statement = Statement::new(
    "UPDATE user_integrations SET lifecycle = 'needs_reconnect', status = 'Invalid', status_reason = :reason, \
     dead_reason = :reason, lease_until_ms = 0, version = version + 1, updated_ms = {now} \
     WHERE id = :id AND lifecycle = 'connected' AND secret_epoch = :seen \
     AND lease_owner = :holder AND lease_epoch = :epoch",
);

pub(crate) static MARK_EXPIRED: Statement = Statement::new(
    "UPDATE user_integrations SET lifecycle = 'needs_reconnect', status = 'Invalid', status_reason = :reason, \
     dead_reason = :reason, version = version + 1, updated_ms = {now} \
     WHERE id = :id AND lifecycle = 'connected' AND secret_epoch = :seen",
);

pub(crate) static ERASE: Statement = Statement::new(
    "DELETE FROM user_integrations WHERE id = :id AND lifecycle = 'disconnecting' \
     AND (:whatever OR secret_epoch = :revoked)",
);

// The one statement without an owner that counts across owners: before a revocation that reaches the whole account.
pub(crate) static OTHERS_OF_ACCOUNT: Statement = Statement::new(
    "SELECT COUNT(*) FROM user_integrations WHERE provider = :provider AND account_id = :account \
     AND COALESCE(client, '') = :client_or_empty AND lifecycle = 'connected' AND id <> :except_or_empty",
);

pub(crate) static OF_ACCOUNT: Statement = Statement::selecting(
    CredentialRow::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE provider = :provider AND account_id = :account \
     AND lifecycle <> 'disconnecting' ORDER BY id LIMIT :limit",
);

#[async_trait]
impl CredentialStore for SqlStore {
    async fn read(&self, id: IntegrationId) -> Result<Option<CredentialRow>, StoreError> {
        let id = id.to_string();
        self.read_one(&READ, &[("id", Value::from(&id))]).await
    }

    async fn acquire(&self, id: IntegrationId, request: LeaseRequest) -> Result<bool, StoreError> {
        let id = id.to_string();
        let values = [
            ("id", Value::from(&id)),
            ("lifecycle", request.lifecycle.as_str().into()),
            ("seen", request.secret_epoch.into()),
            ("holder", Value::from(&request.lease_owner)),
            ("duration", millis(request.duration).into()),
            ("longest", millis(request.longest).into()),
            ("ignore_gate", request.ignore_gate.into()),
        ];
        self.write_one(&ACQUIRE, &values).await
    }

    async fn save(&self, id: IntegrationId, renewed: Renewed) -> Result<bool, StoreError> {
        let id = id.to_string();
        let key = renewed.sealed.key.to_string();
        let values = [
            ("id", Value::from(&id)),
            ("secret", Value::from(&renewed.sealed.bytes)),
            ("key", Value::from(&key)),
            ("epoch", renewed.lease_epoch.into()),
            ("holder", Value::from(&renewed.lease_owner)),
            ("refreshable", renewed.refreshable.into()),
            ("expires", renewed.access_expires_ms.into()),
            ("lifetime", renewed.access_lifetime_ms.into()),
            ("granted", renewed.granted.as_ref().map(OAuthScopes::as_str).into()),
        ];
        match (renewed.refreshed.as_ref(), renewed.recovered.as_ref()) {
            (None, None) => self.write_one(&SAVE, &values).await,
            announced => self.save_and_announce(&values, announced).await,
        }
    }

    async fn release(
        &self,
        id: IntegrationId,
        lease_owner: [u8; 16],
        lease_epoch: i64,
        release: Release,
    ) -> Result<bool, StoreError> {
        let id = id.to_string();
        let delay = match release.gate {
            Gate::For(delay) => Some(millis(delay)),
            Gate::AfterExpiry | Gate::Open => None,
        };
        let values = [
            ("id", Value::from(&id)),
            ("holder", Value::from(&lease_owner)),
            ("epoch", lease_epoch.into()),
            ("free", release.free.into()),
            ("failed", release.failed.into()),
            ("after_expiry", (release.gate == Gate::AfterExpiry).into()),
            ("wait", delay.is_some().into()),
            ("delay", delay.into()),
        ];
        self.write_one(&RELEASE, &values).await
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
        let id = id.to_string();
        let values = [
            ("id", Value::from(&id)),
            ("seen", secret_epoch.into()),
            ("holder", Value::from(&lease_owner)),
            ("epoch", lease_epoch.into()),
            ("reason", reason.as_str().into()),
        ];
        self.write_one_and_raise(&MARK_DEAD, &RAISE_OF_ROW, &values, announcement).await
    }

    async fn mark_expired(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        let id = id.to_string();
        let values = [
            ("id", Value::from(&id)),
            ("seen", secret_epoch.into()),
            ("reason", StatusReason::Expired.as_str().into()),
        ];
        self.write_one_and_raise(&MARK_EXPIRED, &RAISE_OF_ROW, &values, announcement).await
    }

    async fn erase(
        &self,
        id: IntegrationId,
        revoked: Option<i64>,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        let id = id.to_string();
        let values = [
            ("id", Value::from(&id)),
            ("whatever", revoked.is_none().into()),
            ("revoked", revoked.unwrap_or_default().into()),
        ];
        match announcement {
            None => self.write_one(&ERASE, &values).await,
            Some(announcement) => self.write_and_announce(&ERASE, &values, announcement).await,
        }
    }

    async fn others_of_account<'a>(
        &self,
        provider: &ProviderKey,
        client: Option<&'a ClientId>,
        account: &AccountId,
        except: Option<IntegrationId>,
    ) -> Result<u64, StoreError> {
        // Neither a client nor an id is ever empty.
        let except = except.map(|id| id.to_string()).unwrap_or_default();
        let values = [
            ("provider", Value::from(provider.as_str())),
            ("account", account.as_str().into()),
            ("client_or_empty", client.map_or("", ClientId::as_str).into()),
            ("except_or_empty", Value::from(&except)),
        ];
        let count: Option<Number> = self.read_one(&OTHERS_OF_ACCOUNT, &values).await?;
        Ok(count.map_or(0, |count| u64::try_from(count.0).unwrap_or(0)))
    }

    async fn of_account(
        &self,
        provider: &ProviderKey,
        account: &AccountId,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError> {
        let values = [
            ("provider", Value::from(provider.as_str())),
            ("account", account.as_str().into()),
            ("limit", i64::from(limit).into()),
        ];
        self.reader().await?.fetch(&OF_ACCOUNT, &values).await
    }
}
