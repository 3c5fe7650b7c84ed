use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{
    Announcement, Integration, IntegrationId, IntegrationStore, Lifecycle, OAuthScopes, OutboxMessage, Owner,
    ProviderKey, Status, StatusReason, StoreError,
    store::{Connection, CredentialRow, IntegrationChange, NewIntegration, Selector, Verdict},
};
use chrono::DateTime;

use crate::{
    SqlStore,
    connect::millis,
    entity::{config_text, profiles_text, scope_word},
    error::Failure,
    outbox,
    row::Record,
    statement::Statement,
    value::Value,
    version::{RAISE, write_and_raise},
};

pub(crate) static LIST: Statement = Statement::selecting(
    Integration::COLUMNS,
    "SELECT {columns} FROM user_integrations \
     WHERE owner_key = :owner AND id > :after AND lifecycle <> 'disconnecting' ORDER BY id LIMIT :limit",
);

pub(crate) static FIND: Statement = Statement::selecting(
    Integration::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE id = :id AND owner_key = :owner",
);

pub(crate) static OF_PROVIDER: Statement = Statement::selecting(
    Integration::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE owner_key = :owner AND provider = :provider ORDER BY id LIMIT 100",
);

pub(crate) static CREDENTIALS_BY_ID: Statement = Statement::selecting(
    CredentialRow::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE id = :id AND owner_key = :owner",
);

pub(crate) static CREDENTIALS_BY_PROVIDER: Statement = Statement::selecting(
    CredentialRow::COLUMNS,
    "SELECT {columns} FROM user_integrations \
     WHERE owner_key = :owner AND provider = :provider AND lifecycle <> 'disconnecting' ORDER BY id LIMIT 100",
);

pub(crate) static INSERT: Statement = Statement::new(
    "INSERT INTO user_integrations (id, owner_key, organization_id, user_id, provider, slot, client, account_id, \
     account_label, lifecycle, status, status_reason, dead_reason, enabled, is_default, scope, profile_ids, \
     bound_profile_id, requested, granted, lacking, config, version, created_ms, updated_ms, validated_ms, secret, key_id, \
     secret_epoch, lease_epoch, lease_owner, lease_until_ms, unknown_epoch, refreshable, access_expires_ms, \
     access_lifetime_ms, next_refresh_ms, refresh_failures, connected_ms) \
     VALUES (:id, :owner, :organization, :user, :provider, :slot, :client, :account, \
     :label, 'connected', 'Valid', NULL, NULL, :yes, :no, :scope, :profiles, \
     :bound, :requested, :granted, '', :config, 1, :now, :now, NULL, :secret, :key, \
     1, 1, NULL, 0, 0, :refreshable, :expires, \
     :lifetime, 0, 0, :now)",
);

pub(crate) static RECONNECT: Statement = Statement::new(
    "UPDATE user_integrations SET client = :client, account_id = :account, account_label = :label, \
     requested = :requested, granted = :granted, lacking = '', secret = :secret, key_id = :key, secret_epoch = :epoch, \
     lease_epoch = :epoch, lease_until_ms = 0, refreshable = :refreshable, access_expires_ms = {now} + :lifetime, \
     access_lifetime_ms = :lifetime, next_refresh_ms = 0, refresh_failures = 0, lifecycle = 'connected', \
     status = 'Valid', status_reason = NULL, dead_reason = NULL, version = version + 1, updated_ms = {now}, connected_ms = {now} \
     WHERE id = :id AND owner_key = :owner AND lease_epoch = :seen AND lifecycle <> 'disconnecting'",
);

// MySQL assigns from left to right: what is compared is assigned last.
pub(crate) static SET_STATUS: Statement = Statement::new(
    "UPDATE user_integrations SET \
     version = CASE WHEN status <> :status OR COALESCE(status_reason, '') <> :reason_or_empty \
       THEN version + 1 ELSE version END, \
     updated_ms = CASE WHEN status <> :status OR COALESCE(status_reason, '') <> :reason_or_empty \
       THEN {now} ELSE updated_ms END, \
     validated_ms = CASE WHEN :asked THEN {now} ELSE validated_ms END, \
     status = :status, status_reason = :reason \
     WHERE id = :id AND owner_key = :owner AND lifecycle = 'connected' AND secret_epoch = :epoch",
);

pub(crate) static SET_LACKING: Statement = Statement::new(
    "UPDATE user_integrations SET lacking = :lacking, version = version + 1, updated_ms = {now} \
     WHERE id = :id AND owner_key = :owner AND version = :version AND lifecycle = 'connected'",
);

pub(crate) static HIDE: Statement = Statement::new(
    "UPDATE user_integrations SET lifecycle = 'disconnecting', slot = id, version = version + 1, \
     updated_ms = {now} WHERE id = :id AND owner_key = :owner AND lifecycle <> 'disconnecting'",
);

#[async_trait]
impl IntegrationStore for SqlStore {
    async fn list(
        &self,
        owner: &Owner,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Integration>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let owner = owner.key();
        let values = [
            ("owner", owner.as_str().into()),
            ("after", Value::from(&after)),
            ("limit", i64::from(limit).into()),
        ];
        self.reader().await?.fetch(&LIST, &values).await
    }

    async fn find(&self, owner: &Owner, id: IntegrationId) -> Result<Option<Integration>, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let values = [("id", Value::from(&id)), ("owner", owner.as_str().into())];
        Ok(self.reader().await?.fetch(&FIND, &values).await?.pop())
    }

    async fn of_provider(
        &self,
        owner: &Owner,
        provider: &ProviderKey,
    ) -> Result<Vec<Integration>, StoreError> {
        let owner = owner.key();
        let values = [("owner", owner.as_str().into()), ("provider", Value::from(provider.as_str()))];
        self.reader().await?.fetch(&OF_PROVIDER, &values).await
    }

    async fn credentials(&self, owner: &Owner, which: &Selector) -> Result<Vec<CredentialRow>, StoreError> {
        let owner = owner.key();
        let id;
        let (statement, which) = match which {
            Selector::Id(of) => {
                id = of.to_string();
                (&CREDENTIALS_BY_ID, ("id", Value::from(&id)))
            }
            Selector::Provider(provider) => {
                (&CREDENTIALS_BY_PROVIDER, ("provider", provider.as_str().into()))
            }
        };
        let values = [("owner", owner.as_str().into()), which];
        self.reader().await?.fetch(statement, &values).await
    }

    async fn insert(&self, new: NewIntegration) -> Result<Integration, StoreError> {
        let now = self.now().await?;
        let integration = first_connect(new, now)?;
        let NewRow { record, slot, sealed, refreshable, lifetime, announcement } = &integration;
        let id = record.id.to_string();
        let owner = record.owner.key();
        let profiles = profiles_text(&record.scope);
        let config = config_text(&record.config);
        let key = sealed.key.to_string();
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("organization", record.owner.organization().map(AsRef::as_ref).into()),
            ("user", record.owner.user_id().as_str().into()),
            ("provider", record.provider.as_str().into()),
            ("slot", slot.into()),
            ("client", record.client.as_ref().map(AsRef::as_ref).into()),
            ("account", record.account.id.as_str().into()),
            ("label", record.account.label.as_deref().into()),
            ("yes", true.into()),
            ("no", false.into()),
            ("scope", scope_word(&record.scope).into()),
            ("profiles", Value::from(&profiles)),
            ("bound", record.bound_profile.as_ref().map(AsRef::as_ref).into()),
            ("requested", record.requested.as_str().into()),
            ("granted", record.granted.as_ref().map(OAuthScopes::as_str).into()),
            ("config", Value::from(&config)),
            ("now", now.into()),
            ("secret", Value::from(&sealed.bytes)),
            ("key", Value::from(&key)),
            ("refreshable", (*refreshable).into()),
            ("expires", record.expires_at.map(|at| at.timestamp_millis()).into()),
            ("lifetime", (*lifetime).into()),
        ];
        self.write_one_and_raise(&INSERT, &RAISE, &values, announcement.as_ref()).await?;
        Ok(integration.record)
    }

    async fn reconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        lease_epoch: i64,
        connection: Connection,
    ) -> Result<bool, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let key = connection.sealed.key.to_string();
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("seen", lease_epoch.into()),
            ("epoch", lease_epoch.saturating_add(1).into()),
            ("client", connection.client.as_ref().map(AsRef::as_ref).into()),
            ("account", connection.account.id.as_str().into()),
            ("label", connection.account.label.as_deref().into()),
            ("requested", connection.requested.as_str().into()),
            ("granted", connection.granted.as_ref().map(OAuthScopes::as_str).into()),
            ("secret", Value::from(&connection.sealed.bytes)),
            ("key", Value::from(&key)),
            ("refreshable", connection.refreshable.into()),
            ("lifetime", connection.expires_in.map(millis).into()),
        ];
        self.write_one_and_raise(&RECONNECT, &RAISE, &values, connection.announcement.as_ref()).await
    }

    async fn set_status(
        &self,
        owner: &Owner,
        id: IntegrationId,
        verdict: Verdict,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let reason = verdict.reason.map(StatusReason::as_str);
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("status", verdict.status.as_str().into()),
            ("reason", reason.into()),
            ("reason_or_empty", reason.unwrap_or_default().into()),
            ("asked", (verdict.status != Status::Unknown).into()),
            ("epoch", verdict.secret_epoch.into()),
        ];
        match announcement {
            None => self.write_one_and_raise(&SET_STATUS, &RAISE, &values, None).await,
            Some(announcement) => self.judge_and_announce(verdict.status, &values, announcement).await,
        }
    }

    async fn set_lacking(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        lacking: OAuthScopes,
    ) -> Result<bool, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("version", version.into()),
            ("lacking", lacking.as_str().into()),
        ];
        self.write_one_and_raise(&SET_LACKING, &RAISE, &values, None).await
    }

    async fn update(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        change: IntegrationChange,
        announcement: Option<&Announcement>,
    ) -> Result<Option<Integration>, StoreError> {
        self.change(owner, id, version, &change, announcement).await
    }

    async fn begin_disconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        message: OutboxMessage,
        delay: Duration,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError> {
        match self.hide(owner, id, (&message, delay), announcement).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.hide(owner, id, (&message, delay), announcement).await?)
    }
}

impl SqlStore {
    async fn hide(
        &self,
        owner: &Owner,
        id: IntegrationId,
        (message, delay): (&OutboxMessage, Duration),
        announcement: Option<&Announcement>,
    ) -> Result<bool, Failure> {
        let (id, owner) = (id.to_string(), owner.key());
        let values = [("id", Value::from(&id)), ("owner", owner.as_str().into())];
        let mut transaction = self.writer().await?.begin().await?;
        let hidden = match write_and_raise(&mut transaction, &HIDE, &RAISE, &values, announcement).await {
            Ok(true) => outbox::write(&mut transaction, message, delay).await.map(|()| true),
            other => other,
        };
        transaction.end(hidden).await
    }
}

/// The first state of a row.
struct NewRow {
    record: Integration,
    slot: String,
    sealed: bailee_core::Sealed,
    announcement: Option<Announcement>,
    refreshable: bool,
    lifetime: Option<i64>,
}

fn first_connect(new: NewIntegration, now_ms: i64) -> Result<NewRow, StoreError> {
    let moment = |ms| {
        DateTime::from_timestamp_millis(ms).ok_or_else(|| StoreError::Backend { code: "clock".to_owned() })
    };
    let lifetime = new.connection.expires_in.map(millis);
    let expires_at = lifetime.map(|lifetime| moment(now_ms.saturating_add(lifetime)));
    Ok(NewRow {
        slot: new.slot,
        sealed: new.connection.sealed,
        announcement: new.connection.announcement,
        refreshable: new.connection.refreshable,
        lifetime,
        record: Integration {
            id: new.id,
            owner: new.owner,
            provider: new.provider,
            client: new.connection.client,
            account: new.connection.account,
            lifecycle: Lifecycle::Connected,
            status: Status::Valid,
            status_reason: None,
            enabled: true,
            is_default: false,
            scope: new.scope,
            bound_profile: new.bound_profile,
            requested: new.connection.requested,
            granted: new.connection.granted,
            lacking: OAuthScopes::default(),
            config: new.config,
            version: 1,
            created_at: moment(now_ms)?,
            updated_at: moment(now_ms)?,
            validated_at: None,
            expires_at: expires_at.transpose()?,
        },
    })
}
