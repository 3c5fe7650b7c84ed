use bailee_core::{AccountId, Integration, OAuthScopes, ProfileId, ProviderKey, Scope};
use bailee_engine::{Connected, Disconnected, Page, ProviderSummary, Validated};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::providers::ProviderView;

/// One connected account, as it is read over HTTP. Never holds a token or another secret. Its parts are moved here as
/// they are: a list of a hundred makes no copies of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Integration)]
pub(crate) struct IntegrationView {
    id: Uuid,
    /// The key of the provider.
    #[schema(value_type = String, example = "google")]
    provider: ProviderKey,
    /// The immutable id of the account at the provider.
    #[schema(value_type = String)]
    oauth_user_id: AccountId,
    /// The account for people, for example an address; may change.
    #[schema(required)]
    account_label: Option<String>,
    /// Which profiles may use it: `all`, or `agents` for those in `profile_ids`.
    #[schema(example = "all")]
    scope: &'static str,
    profile_ids: Vec<String>,
    /// The one profile that it speaks for.
    #[schema(required, value_type = Option<String>)]
    bound_profile_id: Option<ProfileId>,
    is_default: bool,
    enabled: bool,
    /// `connected`, `needs_reconnect` or `disconnecting`.
    #[schema(example = "connected")]
    lifecycle: &'static str,
    /// The last verdict on the credential: `Valid`, `Invalid` or `Unknown`.
    #[schema(example = "Valid")]
    status: &'static str,
    /// Why the status is what it is, for example `revoked`.
    #[schema(required)]
    status_reason: Option<&'static str>,
    /// What the last consent asked for.
    #[schema(value_type = Vec<String>)]
    requested_scopes: OAuthScopes,
    /// What the user granted; null where the provider does not tell.
    #[schema(required, value_type = Option<Vec<String>>)]
    granted_scopes: Option<OAuthScopes>,
    /// What was asked for and not granted.
    #[schema(value_type = Vec<String>)]
    missing_scopes: OAuthScopes,
    /// Its settings. Those that are to be kept to themselves show their ends at most.
    #[schema(value_type = Object)]
    config: serde_json::Map<String, serde_json::Value>,
    /// Grows with every change that a person can see.
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    /// When the provider was last asked for a verdict.
    #[schema(required)]
    validated_at: Option<DateTime<Utc>>,
    /// When the current access token expires; it is refreshed by itself.
    #[schema(required)]
    expires_at: Option<DateTime<Utc>>,
}

impl From<Integration> for IntegrationView {
    fn from(integration: Integration) -> Self {
        let missing_scopes = integration.missing();
        let (scope, profile_ids) = scope_words(&integration.scope);
        Self {
            id: *integration.id.as_uuid(),
            provider: integration.provider,
            oauth_user_id: integration.account.id,
            account_label: integration.account.label,
            scope,
            profile_ids,
            bound_profile_id: integration.bound_profile,
            is_default: integration.is_default,
            enabled: integration.enabled,
            lifecycle: integration.lifecycle.as_str(),
            status: integration.status.as_str(),
            status_reason: integration.status_reason.map(bailee_core::StatusReason::as_str),
            requested_scopes: integration.requested,
            granted_scopes: integration.granted,
            missing_scopes,
            config: integration.config,
            version: integration.version,
            created_at: integration.created_at,
            updated_at: integration.updated_at,
            validated_at: integration.validated_at,
            expires_at: integration.expires_at,
        }
    }
}

/// A scope as `scope` and `profile_ids`.
pub(crate) fn scope_words(scope: &Scope) -> (&'static str, Vec<String>) {
    match scope {
        Scope::Agents(profiles) => ("agents", profiles.iter().map(ProfileId::to_string).collect()),
        Scope::All => ("all", Vec::new()),
    }
}

/// Part of the user's integrations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Integrations)]
pub(crate) struct IntegrationsView {
    integrations: Vec<IntegrationView>,
    /// What to pass as `cursor` for the next part; null at the end.
    #[schema(required)]
    next_cursor: Option<Uuid>,
}

impl From<Page<Integration>> for IntegrationsView {
    fn from(page: Page<Integration>) -> Self {
        Self {
            integrations: page.items.into_iter().map(IntegrationView::from).collect(),
            next_cursor: page.next.map(|id| *id.as_uuid()),
        }
    }
}

/// The user's integrations, and the providers that can be connected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connections)]
pub(crate) struct ConnectionsView {
    #[serde(flatten)]
    page: IntegrationsView,
    providers: Vec<ProviderView>,
}

impl ConnectionsView {
    pub(crate) fn new(page: Page<Integration>, providers: Vec<ProviderSummary>) -> Self {
        Self { page: page.into(), providers: providers.into_iter().map(ProviderView::from).collect() }
    }
}

/// A fresh verdict.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Validated)]
pub(crate) struct ValidatedView {
    /// Whether the provider took the credential just now.
    is_valid: bool,
    integration: IntegrationView,
}

impl From<Validated> for ValidatedView {
    fn from(validated: Validated) -> Self {
        Self { is_valid: validated.is_valid, integration: validated.integration.into() }
    }
}

/// A finished connect.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connected)]
pub(crate) struct ConnectedView {
    integration: IntegrationView,
    /// Whether it was there before.
    reconnected: bool,
}

impl From<Connected> for ConnectedView {
    fn from(connected: Connected) -> Self {
        Self { integration: connected.integration.into(), reconnected: connected.reconnected }
    }
}

/// What became of the grant at the provider.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Disconnected)]
pub(crate) struct DisconnectedView {
    /// `revoked`, `pending`, `shared`, `unsupported`, `failed`, or `none` where nothing was connected.
    #[schema(example = "revoked")]
    revocation: &'static str,
}

impl From<Disconnected> for DisconnectedView {
    fn from(disconnected: Disconnected) -> Self {
        Self { revocation: disconnected.as_str() }
    }
}

/// What changes of an integration; what is left out stays.
#[derive(ToSchema)]
#[schema(as = IntegrationChange)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
pub(crate) struct ChangeBody {
    /// All of its settings. What is given back as it was shown stays as it is.
    #[schema(nullable = false, value_type = Option<Object>)]
    config: Option<serde_json::Map<String, serde_json::Value>>,
    /// Whether it is turned on.
    #[schema(nullable = false)]
    enabled: Option<bool>,
    /// `all`, or `agents` together with `profile_ids`.
    #[schema(example = "agents", pattern = "^(agents|all)$")]
    scope: Option<String>,
    /// Profiles of the owner, at most 200; none means nobody.
    #[schema(nullable = false, max_items = 200)]
    profile_ids: Option<Vec<String>>,
    /// The one profile that it speaks for; null takes that away.
    bound_profile_id: Option<String>,
    /// Whether it is the first choice of its provider.
    #[schema(nullable = false)]
    is_default: Option<bool>,
}

/// What the page sends to finish a connect.
#[derive(ToSchema)]
#[schema(as = Callback)]
#[expect(dead_code, reason = "the body is read member by member; this describes it")]
pub(crate) struct CallbackBody {
    /// The `code` of the page's address: a single-use handle, never the provider's code. Not with `fields`.
    #[schema(write_only)]
    code: Option<String>,
    /// What the provider's widget handed over, where the account is joined by one.
    #[schema(write_only, value_type = Option<Object>)]
    fields: Option<serde_json::Map<String, serde_json::Value>>,
    /// The `state` of the page's address, or the word that the widget was given.
    #[schema(write_only)]
    state: String,
    /// The verifier whose SHA-256 went with `auth_link`, where the page sent one.
    #[schema(write_only)]
    verifier: Option<String>,
}

#[cfg(test)]
mod tests {
    use bailee_core::{
        Account, AccountId, IntegrationId, Lifecycle, OAuthScopes, Owner, ProfileIds, ProviderKey, Status,
        StatusReason,
    };

    use super::*;

    #[test]
    fn the_wire_names_are_those_that_clients_know() -> Result<(), Box<dyn std::error::Error>> {
        let at = DateTime::UNIX_EPOCH;
        let integration = Integration {
            id: IntegrationId::from_parts(0, [0; 10]),
            owner: Owner::user("u1")?,
            provider: ProviderKey::new("google")?,
            client: None,
            account: Account { id: AccountId::new("sub-1")?, label: Some("a@b.example".to_owned()) },
            lifecycle: Lifecycle::NeedsReconnect,
            status: Status::Invalid,
            status_reason: Some(StatusReason::Revoked),
            enabled: true,
            is_default: false,
            scope: Scope::Agents(ProfileIds::new([ProfileId::new("p1")?])?),
            bound_profile: None,
            requested: OAuthScopes::parse("a b")?,
            granted: Some(OAuthScopes::parse("a")?),
            lacking: OAuthScopes::default(),
            config: serde_json::Map::new(),
            version: 3,
            created_at: at,
            updated_at: at,
            validated_at: None,
            expires_at: Some(at),
        };
        let expected = serde_json::json!({
            "id": "00000000-0000-7000-8000-000000000000",
            "provider": "google",
            "oauth_user_id": "sub-1",
            "account_label": "a@b.example",
            "scope": "agents",
            "profile_ids": ["p1"],
            "bound_profile_id": null,
            "is_default": false,
            "enabled": true,
            "lifecycle": "needs_reconnect",
            "status": "Invalid",
            "status_reason": "revoked",
            "requested_scopes": ["a", "b"],
            "granted_scopes": ["a"],
            "missing_scopes": ["b"],
            "config": {},
            "version": 3,
            "created_at": "1970-01-01T00:00:00Z",
            "updated_at": "1970-01-01T00:00:00Z",
            "validated_at": null,
            "expires_at": "1970-01-01T00:00:00Z",
        });
        assert_eq!(serde_json::to_value(IntegrationView::from(integration))?, expected);
        Ok(())
    }
}
