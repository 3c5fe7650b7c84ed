use chrono::{DateTime, Utc};

use bailee_core::{
    Integration, Lifecycle, OAuthScopes, Owner, Sealed, Status, StatusReason,
    store::{Connection, CredentialRow, IntegrationChange, NewIntegration, SealedCredential},
};

use super::millis;

/// A record and its credential. `dead_reason` is the record's status reason while a reconnect is needed.
pub(super) struct Row {
    pub(super) integration: Integration,
    pub(super) slot: String,
    pub(super) sealed: Sealed,
    pub(super) secret_epoch: i64,
    /// Of the last connect or reconnect.
    pub(super) connected_ms: i64,
    pub(super) lease_epoch: i64,
    pub(super) lease_owner: Option<[u8; 16]>,
    pub(super) lease_until_ms: i64,
    pub(super) unknown_epoch: i64,
    pub(super) refreshable: bool,
    pub(super) access_expires_ms: Option<i64>,
    pub(super) access_lifetime_ms: Option<i64>,
    pub(super) next_refresh_ms: i64,
    pub(super) refresh_failures: i64,
    pub(super) dead_reason: Option<StatusReason>,
}

impl Row {
    pub(super) fn new(new: NewIntegration, now_ms: i64) -> Self {
        let lifetime = new.connection.expires_in.map(millis);
        let expires = lifetime.map(|lifetime| now_ms.saturating_add(lifetime));
        let Connection { client, account, requested, granted, sealed, refreshable, .. } = new.connection;
        Self {
            integration: Integration {
                id: new.id,
                owner: new.owner,
                provider: new.provider,
                client,
                account,
                lifecycle: Lifecycle::Connected,
                status: Status::Valid,
                status_reason: None,
                enabled: true,
                is_default: false,
                scope: new.scope,
                bound_profile: new.bound_profile,
                requested,
                granted,
                lacking: OAuthScopes::default(),
                config: new.config,
                version: 1,
                created_at: moment(now_ms),
                updated_at: moment(now_ms),
                validated_at: None,
                expires_at: expires.map(moment),
            },
            slot: new.slot,
            sealed,
            secret_epoch: 1,
            connected_ms: now_ms,
            lease_epoch: 1,
            lease_owner: None,
            lease_until_ms: 0,
            unknown_epoch: 0,
            refreshable,
            access_expires_ms: expires,
            access_lifetime_ms: lifetime,
            next_refresh_ms: 0,
            refresh_failures: 0,
            dead_reason: None,
        }
    }

    pub(super) fn belongs_to(&self, owner: &Owner) -> bool {
        self.integration.owner == *owner
    }

    pub(super) fn is(&self, lifecycle: Lifecycle) -> bool {
        self.integration.lifecycle == lifecycle
    }

    /// A change that a person can see.
    pub(super) fn touch(&mut self, now_ms: i64) {
        self.integration.version += 1;
        self.integration.updated_at = moment(now_ms);
    }

    /// Disconnecting, and out of the way of a new connect.
    pub(super) fn hide(&mut self, now_ms: i64) {
        self.integration.lifecycle = Lifecycle::Disconnecting;
        self.slot = self.integration.id.to_string();
        self.touch(now_ms);
    }

    pub(super) fn change(&mut self, change: IntegrationChange, now_ms: i64) {
        let integration = &mut self.integration;
        if let Some(config) = change.config {
            integration.config = config;
        }
        if let Some(enabled) = change.enabled {
            integration.enabled = enabled;
        }
        if let Some(scope) = change.scope {
            integration.scope = scope;
        }
        if let Some(bound_profile) = change.bound_profile {
            integration.bound_profile = bound_profile;
        }
        if let Some(is_default) = change.is_default {
            integration.is_default = is_default;
        }
        self.touch(now_ms);
    }

    pub(super) fn replace_credential(&mut self, connection: Connection, epoch: i64, now_ms: i64) {
        let lifetime = connection.expires_in.map(millis);
        self.integration.client = connection.client;
        self.integration.account = connection.account;
        self.integration.requested = connection.requested;
        self.integration.granted = connection.granted;
        self.integration.lacking = OAuthScopes::default();
        self.sealed = connection.sealed;
        self.refreshable = connection.refreshable;
        self.secret_epoch = epoch;
        self.connected_ms = now_ms;
        self.lease_epoch = epoch;
        self.lease_until_ms = 0;
        self.expire_at(lifetime.map(|lifetime| now_ms.saturating_add(lifetime)), lifetime);
        self.revive();
        self.touch(now_ms);
    }

    pub(super) fn expire_at(&mut self, expires_ms: Option<i64>, lifetime_ms: Option<i64>) {
        self.access_expires_ms = expires_ms;
        self.access_lifetime_ms = lifetime_ms;
        self.integration.expires_at = expires_ms.map(moment);
    }

    /// Connected, valid, no failure counted, no gate closed.
    pub(super) fn revive(&mut self) {
        self.integration.lifecycle = Lifecycle::Connected;
        self.integration.status = Status::Valid;
        self.integration.status_reason = None;
        self.dead_reason = None;
        self.open_gate();
    }

    pub(super) fn open_gate(&mut self) {
        self.refresh_failures = 0;
        self.next_refresh_ms = 0;
    }

    pub(super) fn die(&mut self, reason: StatusReason, now_ms: i64) {
        self.integration.lifecycle = Lifecycle::NeedsReconnect;
        self.integration.status = Status::Invalid;
        self.integration.status_reason = Some(reason);
        self.dead_reason = Some(reason);
        self.touch(now_ms);
    }

    pub(super) fn sealed_credential(&self) -> SealedCredential {
        SealedCredential {
            id: self.integration.id,
            owner: self.integration.owner.clone(),
            provider: self.integration.provider.clone(),
            sealed: self.sealed.bytes.clone(),
            secret_epoch: self.secret_epoch,
        }
    }

    pub(super) fn credential(&self, now_ms: i64) -> CredentialRow {
        CredentialRow {
            id: self.integration.id,
            owner: self.integration.owner.clone(),
            provider: self.integration.provider.clone(),
            client: self.integration.client.clone(),
            account: self.integration.account.clone(),
            lifecycle: self.integration.lifecycle,
            status: self.integration.status,
            dead_reason: self.dead_reason,
            enabled: self.integration.enabled,
            scope: self.integration.scope.clone(),
            bound_profile: self.integration.bound_profile.clone(),
            requested: self.integration.requested.clone(),
            granted: self.integration.granted.clone(),
            sealed: self.sealed.bytes.clone(),
            secret_epoch: self.secret_epoch,
            lease_epoch: self.lease_epoch,
            lease_owner: self.lease_owner,
            lease_until_ms: self.lease_until_ms,
            unknown_epoch: self.unknown_epoch,
            refreshable: self.refreshable,
            access_expires_ms: self.access_expires_ms,
            access_lifetime_ms: self.access_lifetime_ms,
            next_refresh_ms: self.next_refresh_ms,
            refresh_failures: self.refresh_failures,
            now_ms,
        }
    }
}

/// A time of the store as a date; what no calendar reaches is its end.
pub(super) fn moment(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or(if ms < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}
