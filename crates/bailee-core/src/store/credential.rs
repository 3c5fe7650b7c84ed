use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;

use super::CredentialRow;
use crate::{
    AccountId, Announcement, ClientId, IntegrationId, Lifecycle, OAuthScopes, ProviderKey, Sealed,
    StatusReason, StoreError,
};

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
    /// What is announced of a row that is connected.
    pub refreshed: Option<Announcement>,
    /// What is announced of a row that needed a reconnect.
    pub recovered: Option<Announcement>,
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
///
/// # Behaviour of every method with an announcement
/// - It is in the [`EventOutbox`](crate::EventOutbox), due at once, when and only when the change is written: one
///   transaction, which there is only where something is announced.
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
    /// - Announces one of the two, by what the row was; nothing of one that is being disconnected.
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
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError>;

    /// Declares a credential that cannot be refreshed expired.
    ///
    /// # Behaviour
    /// - Written only while it is connected and its `secret_epoch` is this one; `Ok(false)` otherwise.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn mark_expired(
        &self,
        id: IntegrationId,
        secret_epoch: i64,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError>;

    /// Erases a disconnecting row.
    ///
    /// # Behaviour
    /// - A row that is not disconnecting is left alone: `Ok(false)`, as when there is none.
    /// - So is one whose `secret_epoch` is not `revoked`: a refresh that outlived its lease wrote a newer secret, which
    ///   is to be revoked too. `None` erases it whatever it has.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn erase(
        &self,
        id: IntegrationId,
        revoked: Option<i64>,
        announcement: Option<&Announcement>,
    ) -> Result<bool, StoreError>;

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

    /// The rows of an account, of whatever owner and client, the oldest first; at most `limit`.
    ///
    /// # Behaviour
    /// - Disconnecting rows are left out.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn of_account(
        &self,
        provider: &ProviderKey,
        account: &AccountId,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError>;
}
