use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use super::CredentialRow;
use crate::{
    Account, Announcement, ClientId, Integration, IntegrationId, OAuthScopes, OutboxMessage, Owner,
    ProfileId, ProviderKey, Scope, Sealed, Status, StatusReason, StoreError,
};

/// Which integration of an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The one of this id.
    Id(IntegrationId),
    /// Those of this provider.
    Provider(ProviderKey),
}

/// A first connect, ready to be written: epochs 1 and 1, lifecycle connected, status valid, version 1, enabled.
#[derive(Clone, Debug)]
pub struct NewIntegration {
    /// Its id.
    pub id: IntegrationId,
    /// Whose it is.
    pub owner: Owner,
    /// At which provider.
    pub provider: ProviderKey,
    /// `''` where an owner may have one, the account id where several; unique with owner and provider.
    pub slot: String,
    /// The credential, sealed for epoch 1, and what goes with it.
    pub connection: Connection,
    /// Which profiles may use it.
    pub scope: Scope,
    /// The one profile that it speaks for.
    pub bound_profile: Option<ProfileId>,
    /// Settings without secrets.
    pub config: serde_json::Map<String, serde_json::Value>,
}

/// What a consent brought, ready to be written.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The registration that obtained it.
    pub client: Option<ClientId>,
    /// The account.
    pub account: Account,
    /// What was asked for.
    pub requested: OAuthScopes,
    /// What was granted, where known.
    pub granted: Option<OAuthScopes>,
    /// The credential, sealed for the epoch that the method names.
    pub sealed: Sealed,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// How long the access token lives from now on; `None`: unknown.
    pub expires_in: Option<Duration>,
    /// What is announced with it.
    pub announcement: Option<Announcement>,
}

/// What the owner changes of an integration; the rest stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntegrationChange {
    /// All of its settings.
    pub config: Option<serde_json::Map<String, serde_json::Value>>,
    /// Whether it is turned on.
    pub enabled: Option<bool>,
    /// Which profiles may use it.
    pub scope: Option<Scope>,
    /// The one profile that it speaks for; `Some(None)`: no longer any.
    pub bound_profile: Option<Option<ProfileId>>,
    /// Whether it is the first choice of its provider.
    pub is_default: Option<bool>,
}

/// A verdict to be written by [`IntegrationStore::set_status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The status.
    pub status: Status,
    /// Why.
    pub reason: Option<StatusReason>,
    /// The `secret_epoch` of the token that was judged: a verdict on an older one is not written.
    pub secret_epoch: i64,
}

/// Integrations, by owner.
///
/// # Behaviour of every method
/// - A row of another owner is as good as none; owners are equal only when both parts are, to the byte.
/// - Either everything of one call is written, or nothing. That goes for its announcement too: it is in the
///   [`EventOutbox`](crate::EventOutbox), due at once, when and only when the change is written.
#[async_trait]
pub trait IntegrationStore: Debug + Send + Sync {
    /// A page of the owner's integrations in the order of their ids.
    ///
    /// # Behaviour
    /// - `after` is the last id of the page before; `None` begins.
    /// - At most `limit` rows; fewer mean the end.
    /// - Disconnecting rows are left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn list(
        &self,
        owner: &Owner,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Integration>, StoreError>;

    /// One integration.
    ///
    /// # Behaviour
    /// - Unknown and foreign ids are `Ok(None)`; disconnecting rows are found.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn find(&self, owner: &Owner, id: IntegrationId) -> Result<Option<Integration>, StoreError>;

    /// The owner's integrations of one provider, in the order of their ids, disconnecting ones included; at most 100.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn of_provider(
        &self,
        owner: &Owner,
        provider: &ProviderKey,
    ) -> Result<Vec<Integration>, StoreError>;

    /// The rows that a token may come from. The hot path: one statement of fixed text.
    ///
    /// # Behaviour
    /// - By provider: at most 100 rows in the order of their ids, disconnecting ones left out.
    /// - By id: one row or none; a disconnecting one is found.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn credentials(&self, owner: &Owner, which: &Selector) -> Result<Vec<CredentialRow>, StoreError>;

    /// Writes a first connect.
    ///
    /// # Behaviour
    /// - Of two parallel inserts into one slot, one succeeds.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the slot is taken.
    async fn insert(&self, new: NewIntegration) -> Result<Integration, StoreError>;

    /// Replaces the credential of an integration after a new consent.
    ///
    /// # Behaviour
    /// - Written only while the row's `lease_epoch` is still `lease_epoch` and it is not disconnecting: `Ok(false)`
    ///   otherwise, and nothing is changed.
    /// - Both epochs become `lease_epoch + 1`, for which the record is sealed; a lease that was held is void, the
    ///   lifecycle is connected, the status valid, nothing is lacking, the failures and gates are cleared, the version grows.
    /// - Scope, bound profile, enabled and config stay.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn reconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        lease_epoch: i64,
        connection: Connection,
    ) -> Result<bool, StoreError>;

    /// Writes a verdict and the moment of it.
    ///
    /// # Behaviour
    /// - Written only while the row is connected and its `secret_epoch` is the verdict's; `Ok(false)` otherwise.
    /// - The version grows only when the status or its reason changes. Announced only when the status changes.
    /// - With [`Status::Unknown`] the moment of the last validation stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn set_status(
        &self,
        owner: &Owner,
        id: IntegrationId,
        verdict: Verdict,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError>;

    /// Changes what the owner may change.
    ///
    /// # Behaviour
    /// - Written only while its version is `version` and it is not being disconnected; `Ok(None)` otherwise, as when there
    ///   is none. The version grows by one. Of parallel changes of one version, one succeeds.
    /// - To make it the first choice takes that from the owner's others of its provider, in the same transaction, and
    ///   their versions grow.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn update(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        change: IntegrationChange,
        announcement: Option<&Announcement>,
    ) -> Result<Option<Integration>, StoreError>;

    /// Notes which OAuth scopes the provider said are missing: all of them, as they shall stand.
    ///
    /// # Behaviour
    /// - Written only while the row is connected and its version is `version`; `Ok(false)` otherwise. The version grows.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn set_lacking(
        &self,
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        lacking: OAuthScopes,
    ) -> Result<bool, StoreError>;

    /// Hides an integration and orders its revocation, in one transaction.
    ///
    /// # Behaviour
    /// - The row becomes disconnecting, its slot becomes its id, so that a new connect is free, and `message` is in the
    ///   outbox, due after `delay`: until then the caller tries by itself.
    /// - `Ok(false)` when it is disconnecting already or unknown: nothing is written, `message` neither.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn begin_disconnect(
        &self,
        owner: &Owner,
        id: IntegrationId,
        message: OutboxMessage,
        delay: Duration,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError>;
}
