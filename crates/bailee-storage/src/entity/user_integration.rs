use bailee_core::{
    ClientId, Integration, Lifecycle, OAuthScopes, ProfileId, ProviderKey, Status, StatusReason, StoreError,
    store::{CredentialRow, SealedCredential},
};
use serde_json::{Map, Value};

use super::{account, owner, scope};
use crate::row::{Cells, Columns, Record};

const TABLE: &str = "user_integrations";

impl Record for Integration {
    const TABLE: &'static str = TABLE;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "organization_id",
        "user_id",
        "provider",
        "client",
        "account_id",
        "account_label",
        "lifecycle",
        "status",
        "status_reason",
        "enabled",
        "is_default",
        "scope",
        "profile_ids",
        "bound_profile_id",
        "requested",
        "granted",
        "lacking",
        "config",
        "version",
        "created_ms",
        "updated_ms",
        "validated_ms",
        "access_expires_ms",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            owner: owner(cells)?,
            provider: cells.parsed(ProviderKey::new)?,
            client: cells.parsed_or_null(ClientId::new)?,
            account: account(cells)?,
            lifecycle: cells.parsed(Lifecycle::parse)?,
            status: cells.parsed(Status::parse)?,
            status_reason: cells.parsed_or_null(StatusReason::parse)?,
            enabled: cells.flag()?,
            is_default: cells.flag()?,
            scope: scope(cells)?,
            bound_profile: cells.parsed_or_null(ProfileId::new)?,
            requested: cells.parsed(OAuthScopes::parse)?,
            granted: cells.parsed_or_null(OAuthScopes::parse)?,
            lacking: cells.parsed(OAuthScopes::parse)?,
            config: cells.parsed(serde_json::from_str::<Map<String, Value>>)?,
            version: cells.int()?,
            created_at: cells.moment()?,
            updated_at: cells.moment()?,
            validated_at: cells.moment_or_null()?,
            expires_at: cells.moment_or_null()?,
        })
    }
}

impl Record for CredentialRow {
    const TABLE: &'static str = TABLE;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "organization_id",
        "user_id",
        "provider",
        "client",
        "account_id",
        "account_label",
        "lifecycle",
        "status",
        "dead_reason",
        "enabled",
        "scope",
        "profile_ids",
        "bound_profile_id",
        "requested",
        "granted",
        "secret",
        "secret_epoch",
        "lease_epoch",
        "lease_owner",
        "lease_until_ms",
        "unknown_epoch",
        "refreshable",
        "access_expires_ms",
        "access_lifetime_ms",
        "next_refresh_ms",
        "refresh_failures",
        "{now}",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            owner: owner(cells)?,
            provider: cells.parsed(ProviderKey::new)?,
            client: cells.parsed_or_null(ClientId::new)?,
            account: account(cells)?,
            lifecycle: cells.parsed(Lifecycle::parse)?,
            status: cells.parsed(Status::parse)?,
            dead_reason: cells.parsed_or_null(StatusReason::parse)?,
            enabled: cells.flag()?,
            scope: scope(cells)?,
            bound_profile: cells.parsed_or_null(ProfileId::new)?,
            requested: cells.parsed(OAuthScopes::parse)?,
            granted: cells.parsed_or_null(OAuthScopes::parse)?,
            sealed: cells.bytes()?,
            secret_epoch: cells.int()?,
            lease_epoch: cells.int()?,
            lease_owner: cells.array_or_null()?,
            lease_until_ms: cells.int()?,
            unknown_epoch: cells.int()?,
            refreshable: cells.flag()?,
            access_expires_ms: cells.int_or_null()?,
            access_lifetime_ms: cells.int_or_null()?,
            next_refresh_ms: cells.int()?,
            refresh_failures: cells.int()?,
            now_ms: cells.int()?,
        })
    }
}

impl Record for SealedCredential {
    const TABLE: &'static str = TABLE;
    const COLUMNS: &'static [&'static str] =
        &["id", "organization_id", "user_id", "provider", "secret", "secret_epoch"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            owner: owner(cells)?,
            provider: cells.parsed(ProviderKey::new)?,
            sealed: cells.bytes()?,
            secret_epoch: cells.int()?,
        })
    }
}

/// For column `config`.
pub(crate) fn config_text(config: &Map<String, Value>) -> String {
    Value::Object(config.clone()).to_string()
}
