use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{Announcement, IntegrationId, OrganizationId, OutboxMessage, Owner, ProviderKey, StoreError};

/// Which integrations a revocation in bulk is about: those for which everything that is set here holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevokeFilter {
    /// Those that were connected, or connected again, before this moment of the store's clock. A refresh does not count.
    pub connected_before: Option<DateTime<Utc>>,
    /// Those of all members of this organization.
    pub organization: Option<OrganizationId>,
    /// Those of this owner.
    pub owner: Option<Owner>,
    /// Those of this provider.
    pub provider: Option<ProviderKey>,
}

impl RevokeFilter {
    /// Whether nothing is set, so that every integration would be meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An integration that is leaving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Which.
    pub id: IntegrationId,
    /// Whose.
    pub owner: Owner,
    /// Of which provider.
    pub provider: ProviderKey,
}

/// What ends an integration that was hidden.
#[derive(Clone, Debug)]
pub struct DisconnectOrder {
    /// The message.
    pub message: OutboxMessage,
    /// When it is due.
    pub delay: Duration,
    /// Who is told that the integration is gone.
    pub announcement: Option<Announcement>,
}

/// How many integrations a filter matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matching {
    /// Those that are there.
    pub there: u64,
    /// Those that are disconnecting already.
    pub leaving: u64,
}

/// What a revocation in bulk needs, over all owners.
#[async_trait]
pub trait IncidentStore: Debug + Send + Sync {
    /// How many integrations the filter matches.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn count_matching(&self, filter: &RevokeFilter) -> Result<Matching, StoreError>;

    /// Makes every integration that matches disconnecting, all at one commit. Returns how many there were.
    ///
    /// # Behaviour
    /// - As [`IntegrationStore::begin_disconnect`](crate::IntegrationStore::begin_disconnect) for each, without a message:
    ///   [`IncidentStore::order_disconnects`] writes those.
    /// - Raises the version of each owner concerned.
    /// - Those that are disconnecting already stay as they are, and are not counted.
    ///
    /// # Errors
    /// See [`StoreError`]; then nothing was written.
    async fn hide_matching(&self, filter: &RevokeFilter) -> Result<u64, StoreError>;

    /// Disconnecting integrations for which the outbox has no message, in the order of their ids, at most `limit`.
    ///
    /// # Behaviour
    /// - The message that ends an integration is [`OutboxMessage::disconnect`], and is known by its id.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn without_message(&self, limit: u32) -> Result<Vec<Leaving>, StoreError>;

    /// Writes messages to the outbox, each due after its delay and with its announcement: all or none.
    ///
    /// # Behaviour
    /// - `Ok(false)` when one of these ids is there already: another process orders the same. Nothing is written.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn order_disconnects(&self, orders: Vec<DisconnectOrder>) -> Result<bool, StoreError>;

    /// Disconnecting integrations that match, in the order of their ids.
    ///
    /// # Behaviour
    /// - `after` is the last id of the page before; `None` begins. At most `limit` rows.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn leaving(
        &self,
        filter: &RevokeFilter,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Leaving>, StoreError>;
}
