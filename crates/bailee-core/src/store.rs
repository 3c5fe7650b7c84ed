//! What bailee keeps, as traits. Each can be swapped alone.
//!
//! Everything that a face can reach goes through [`IntegrationStore`] and [`PendingStore`], whose statements filter by
//! owner. [`CredentialStore`] and [`Maintenance`] work by id: they are reached only after an owner-checked read, or by
//! workers.
//!
//! All times are the store's own clock, in epoch milliseconds: the clock of the database, so that N processes with N
//! clocks agree. Epochs fence: `secret_epoch` is the epoch under which the sealed credential was written, `lease_epoch`
//! grows with every lease and every reconnect, and an older holder never overwrites a newer one.

use std::{fmt, fmt::Debug, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    Account, AccountId, BrowserProof, ClientId, FlowId, Integration, IntegrationId, KeyId, Lifecycle,
    OAuthScopes, OutboxId, OutboxItem, OutboxMessage, Owner, Parked, PendingFlow, ProfileId, ProviderKey,
    Scope, Sealed, Status, StatusReason, StoreError,
};

/// Which integration of an owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// The one of this id.
    Id(IntegrationId),
    /// Those of this provider.
    Provider(ProviderKey),
}

/// One row as the token path needs it, with the moment at which it was read.
#[derive(Clone)]
pub struct CredentialRow {
    /// Its id.
    pub id: IntegrationId,
    /// Whose it is.
    pub owner: Owner,
    /// At which provider.
    pub provider: ProviderKey,
    /// The registration that obtained the grant.
    pub client: Option<ClientId>,
    /// The account.
    pub account: Account,
    /// Where it stands in its life.
    pub lifecycle: Lifecycle,
    /// The last verdict.
    pub status: Status,
    /// Why it needs a reconnect.
    pub dead_reason: Option<StatusReason>,
    /// Whether the owner left it turned on.
    pub enabled: bool,
    /// Which profiles may use it.
    pub scope: Scope,
    /// The one profile that it speaks for.
    pub bound_profile: Option<ProfileId>,
    /// What the last consent asked for.
    pub requested: OAuthScopes,
    /// What was granted, where known.
    pub granted: Option<OAuthScopes>,
    /// The sealed credential.
    pub sealed: Vec<u8>,
    /// The epoch under which it was sealed and written.
    pub secret_epoch: i64,
    /// The newest lease.
    pub lease_epoch: i64,
    /// Who holds it, or held it last: random for each attempt.
    pub lease_owner: Option<[u8; 16]>,
    /// Until when it is held; 0: free.
    pub lease_until_ms: i64,
    /// The `secret_epoch` on which an attempt ended without a known outcome; 0: none.
    pub unknown_epoch: i64,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// When the access token expires; `None`: unknown.
    pub access_expires_ms: Option<i64>,
    /// How long the access token was to live when it was issued, in milliseconds; `None`: unknown. Early refreshes are
    /// a share of it. Column `access_lifetime_ms`, written with the expiry by insert, reconnect and save.
    pub access_lifetime_ms: Option<i64>,
    /// No refresh is tried before this moment.
    pub next_refresh_ms: i64,
    /// How many refreshes failed since the last success.
    pub refresh_failures: i64,
    /// The store's clock when the row was read.
    pub now_ms: i64,
}

impl CredentialRow {
    /// The integration this row belongs to has a token that lives longer than `need`.
    #[must_use]
    pub fn lives_for(&self, need: Duration) -> bool {
        let need = i64::try_from(need.as_millis()).unwrap_or(i64::MAX);
        self.access_expires_ms.is_none_or(|expires| expires.saturating_sub(self.now_ms) > need)
    }
}

/// Without the record.
impl Debug for CredentialRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialRow")
            .field("id", &self.id)
            .field("provider", &self.provider)
            .field("lifecycle", &self.lifecycle)
            .field("secret_epoch", &self.secret_epoch)
            .field("lease_epoch", &self.lease_epoch)
            .field("lease_until_ms", &self.lease_until_ms)
            .field("access_expires_ms", &self.access_expires_ms)
            .field("now_ms", &self.now_ms)
            .finish_non_exhaustive()
    }
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
/// - Either everything of one call is written, or nothing.
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
    ///   lifecycle is connected, the status valid, the failures and gates are cleared, the version grows.
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
    /// - The version grows only when the status or its reason changes.
    /// - With [`Status::Unknown`] the moment of the last validation stays.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn set_status(
        &self,
        owner: &Owner,
        id: IntegrationId,
        verdict: Verdict,
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
    ) -> Result<bool, StoreError>;
}

/// A lease to be taken by [`CredentialStore::acquire`].
#[derive(Clone, Copy, Debug)]
pub struct LeaseRequest {
    /// The `secret_epoch` that was seen: somebody else's success makes the request fail.
    pub secret_epoch: i64,
    /// Random for each attempt.
    pub lease_owner: [u8; 16],
    /// How long it is held.
    pub duration: Duration,
    /// A lease further ahead than this means that the clock jumped, and counts as free.
    pub longest: Duration,
    /// The lifecycle that the row must have.
    pub lifecycle: Lifecycle,
    /// Whether the backoff gate is passed over (a rejected token, a disconnect).
    pub ignore_gate: bool,
}

/// A refreshed credential to be written by [`CredentialStore::save`].
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The lease under which it was obtained, for which the record is sealed.
    pub lease_epoch: i64,
    /// Its holder.
    pub lease_owner: [u8; 16],
    /// The record.
    pub sealed: Sealed,
    /// When the access token expires; `None`: unknown.
    pub access_expires_ms: Option<i64>,
    /// How long the access token was to live when it was issued, in milliseconds; `None`: unknown.
    pub access_lifetime_ms: Option<i64>,
    /// What the grant covers now; `None` leaves what is there.
    pub granted: Option<OAuthScopes>,
    /// Whether there is a refresh token.
    pub refreshable: bool,
}

/// How a failed attempt leaves its row, by [`CredentialStore::release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Whether the lease is freed; it is not while the outcome of the attempt is unknown.
    pub free: bool,
    /// Whether it counts as a failure.
    pub failed: bool,
    /// When a refresh may be tried again.
    pub gate: Gate,
}

/// When a refresh may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Not before the access token has expired; at once where nobody knows when it does.
    AfterExpiry,
    /// Not for so long, counted from now.
    For(Duration),
    /// At once.
    Open,
}

/// Credentials, epochs and leases, by id. Single-row statements that commit by themselves.
#[async_trait]
pub trait CredentialStore: Debug + Send + Sync {
    /// Reads a row.
    ///
    /// # Behaviour
    /// - An erased row is `Ok(None)`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn read(&self, id: IntegrationId) -> Result<Option<CredentialRow>, StoreError>;

    /// Takes the lease: one conditional update.
    ///
    /// # Behaviour
    /// - Succeeds only while lifecycle and `secret_epoch` are as requested, the gate is open (or passed over), and no
    ///   lease is held. `lease_epoch` then grows by one.
    /// - A lease that lapsed without having been released marks the row's `secret_epoch` as one whose last attempt
    ///   ended without a known outcome ([`CredentialRow::unknown_epoch`]).
    /// - `Ok(false)` otherwise; after an error the caller reads the row to learn whether it has the lease.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn acquire(&self, id: IntegrationId, request: LeaseRequest) -> Result<bool, StoreError>;

    /// Writes what a refresh brought: one fenced update.
    ///
    /// # Behaviour
    /// - Written only while the row's `secret_epoch` is smaller than the lease's; `Ok(false)` otherwise.
    /// - Failures and gate are cleared; a row that needed a reconnect is connected and valid again, and its version
    ///   grows; a lease is freed only when it is still the writer's.
    /// - Repeating the same write is `Ok(false)` and harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn save(&self, id: IntegrationId, renewed: Renewed) -> Result<bool, StoreError>;

    /// Records that an attempt failed.
    ///
    /// # Behaviour
    /// - Written only while holder and epoch of the lease are still these; `Ok(false)` otherwise.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn release(
        &self,
        id: IntegrationId,
        lease_owner: [u8; 16],
        lease_epoch: i64,
        release: Release,
    ) -> Result<bool, StoreError>;

    /// Declares the grant dead: the row needs a reconnect and is invalid.
    ///
    /// # Behaviour
    /// - Written only while it is connected, its `secret_epoch` is this one and the lease is still this one;
    ///   `Ok(false)` otherwise. Frees the lease; the version grows.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn mark_dead(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        lease_owner: [u8; 16],
        lease_epoch: i64,
        reason: StatusReason,
    ) -> Result<bool, StoreError>;

    /// Declares a credential that cannot be refreshed expired.
    ///
    /// # Behaviour
    /// - Written only while it is connected and its `secret_epoch` is this one; `Ok(false)` otherwise.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn mark_expired(&self, id: IntegrationId, secret_epoch: i64) -> Result<bool, StoreError>;

    /// Erases a disconnecting row.
    ///
    /// # Behaviour
    /// - A row that is not disconnecting is left alone: `Ok(false)`, as when there is none.
    /// - So is one whose `secret_epoch` is not `revoked`: a refresh that outlived its lease wrote a newer secret, which
    ///   is to be revoked too. `None` erases it whatever it has.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn erase(&self, id: IntegrationId, revoked: Option<i64>) -> Result<bool, StoreError>;

    /// How many rows other than `except`, of any owner, live on a grant of this account to this client.
    ///
    /// # Behaviour
    /// - Disconnecting rows do not count; rows that need a reconnect do not count either.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn others_of_account<'a>(
        &self,
        provider: &ProviderKey,
        client: Option<&'a ClientId>,
        account: &AccountId,
        except: Option<IntegrationId>,
    ) -> Result<u64, StoreError>;
}

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

/// Pending flows. Taking is the only way to use one, and works once.
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
}

/// Jobs that survive the process. Written by the transactions of [`IntegrationStore`], or by [`Outbox::add`].
#[async_trait]
pub trait Outbox: Debug + Send + Sync {
    /// Writes a message that is due after `delay`.
    ///
    /// # Behaviour
    /// - Repeating the same id is harmless.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn add(&self, message: OutboxMessage, delay: Duration) -> Result<(), StoreError>;

    /// Claims messages that are due, the oldest first.
    ///
    /// # Behaviour
    /// - No two workers claim the same message while a claim lasts; a claim that lapses makes the message due again.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn claim(
        &self,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<OutboxItem>, StoreError>;

    /// Removes a message that was done, whoever claimed it.
    ///
    /// # Behaviour
    /// - An unknown id is `Ok`.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn complete(&self, id: OutboxId) -> Result<(), StoreError>;

    /// Gives a message back, due again after `delay`, and counts the attempt.
    ///
    /// # Behaviour
    /// - Only by the holder of the claim; `Ok(false)` otherwise.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn postpone(&self, id: OutboxId, claim: [u8; 16], delay: Duration) -> Result<bool, StoreError>;
}

/// Sweeps over all owners, for workers only.
#[async_trait]
pub trait Maintenance: Debug + Send + Sync {
    /// Connected rows of these providers that have a refresh token, whose access token expires within `margin` and
    /// whose gate is open, the soonest first.
    ///
    /// # Behaviour
    /// - A row whose expiry is unknown is not due.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn due_for_refresh(
        &self,
        providers: &[ProviderKey],
        margin: Duration,
        limit: u32,
    ) -> Result<Vec<IntegrationId>, StoreError>;

    /// Removes expired flows and returns how many.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn reap_flows(&self, limit: u32) -> Result<u64, StoreError>;

    /// One sealed record of each key in use, newest first, at most `limit`: to prove the key ring at the start.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn sample_records(&self, limit: u32) -> Result<Vec<CredentialRow>, StoreError>;

    /// How many integrations each key has sealed, in the order of the keys. A key that is not named can be dropped.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn records_by_key(&self) -> Result<Vec<(KeyId, u64)>, StoreError>;

    /// Rows whose credential this key has sealed, in the order of their ids, whatever their lifecycle.
    ///
    /// # Behaviour
    /// - `after` is the last id of the page before; `None` begins. At most `limit` rows.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn records_of_key(
        &self,
        key: KeyId,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError>;

    /// Replaces a sealed credential by the same one under another key.
    ///
    /// # Behaviour
    /// - Written only while the row's `secret_epoch` is `secret_epoch`, for which the record is sealed again, and its key
    ///   is still `from`: `Ok(false)` otherwise. Nothing else of the row changes: neither epoch, lease nor version.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn rewrap(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        from: KeyId,
        sealed: Sealed,
    ) -> Result<bool, StoreError>;
}
