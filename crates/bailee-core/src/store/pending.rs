use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    BrowserProof, ConnectRequest, ConnectRequestId, FlowId, Owner, Parked, PendingFlow, ProviderKey,
    StoreError, UserId,
};

/// What [`PendingStore::take`] must match, all of it.
#[derive(Clone, Debug)]
pub struct Take<'a> {
    /// SHA-256 of the `state` that came back.
    pub state_hash: [u8; 32],
    /// The provider whose callback it came to.
    pub provider: &'a ProviderKey,
    /// Who is signed in.
    pub owner: &'a Owner,
    /// The finishing browser's nonce and its page verifier, hashed, as far as it has them: the flow's must be among them.
    pub proofs: &'a [BrowserProof],
    /// SHA-256 of the handle, for a flow that was parked; `None` for one that was not.
    pub handle_hash: Option<[u8; 32]>,
}

/// How many flows may be pending.
#[derive(Clone, Copy, Debug)]
pub struct FlowLimits {
    /// Of one owner and provider: the oldest gives way.
    pub per_owner_and_provider: u32,
    /// In all: above it, a new one is refused with [`StoreError::Conflict`].
    pub total: u32,
}

/// Pending flows, and the requests of agents that come before them. Taking is the only way to use one, and works once.
#[async_trait]
pub trait PendingStore: Debug + Send + Sync {
    /// Keeps a flow for `lifetime` and returns the moment at which it ends.
    ///
    /// # Behaviour
    /// - The owner's oldest flows of this provider give way until the new one fits.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the total is reached.
    async fn put(
        &self,
        flow: PendingFlow,
        lifetime: Duration,
        limits: FlowLimits,
    ) -> Result<DateTime<Utc>, StoreError>;

    /// A live flow by its `state`, without using it: to seal an answer for it.
    ///
    /// # Behaviour
    /// - Expired, used and unknown ones, and those of another provider, are `Ok(None)`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn peek(
        &self,
        state_hash: &[u8; 32],
        provider: &ProviderKey,
    ) -> Result<Option<PendingFlow>, StoreError>;

    /// Parks the provider's answer in a live flow, once.
    ///
    /// # Behaviour
    /// - `Ok(false)` when the flow is gone or has an answer already.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn park(&self, id: FlowId, parked: Parked) -> Result<bool, StoreError>;

    /// Removes a flow and returns it: the right to finish it, once.
    ///
    /// # Behaviour
    /// - Only when state, provider, owner, one of the proofs and the handle match and it has not expired; otherwise
    ///   `Ok(None)`, and nothing is used up.
    /// - A flow that was parked needs its handle; one that was not has none.
    /// - Of parallel takes, one returns it.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn take<'a>(&self, take: Take<'a>) -> Result<Option<PendingFlow>, StoreError>;

    /// Keeps the request of an agent for `lifetime` and returns the moment at which it ends.
    ///
    /// # Behaviour
    /// - The oldest requests to this owner for this provider give way until there are `most` with the new one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken.
    async fn put_request(
        &self,
        request: ConnectRequest,
        lifetime: Duration,
        most: u32,
    ) -> Result<DateTime<Utc>, StoreError>;

    /// A request to this owner, without using it.
    ///
    /// # Behaviour
    /// - Expired, used, unknown and foreign ones are `Ok(None)` alike.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn request(
        &self,
        owner: &Owner,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError>;

    /// A request to this user, whatever the organization, without using it: to ask whether the user may act there.
    ///
    /// # Behaviour
    /// - As [`PendingStore::request`].
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn request_to_user(
        &self,
        user: &UserId,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError>;

    /// Removes a request to this owner: the right to follow it, once. `false` as [`PendingStore::request`] has none.
    ///
    /// # Behaviour
    /// - Of parallel takes, one is `true`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn take_request(&self, owner: &Owner, id: ConnectRequestId) -> Result<bool, StoreError>;
}
