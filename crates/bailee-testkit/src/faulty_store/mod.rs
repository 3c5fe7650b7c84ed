mod plan;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use bailee_core::{
    AccountId, AgentTask, Announcement, ClientId, ConnectRequest, ConnectRequestId, CredentialStore, EventId,
    EventItem, EventOutbox, FlowId, IdempotencyStore, IncidentStore, Integration, IntegrationId,
    IntegrationStore, KeyId, Ledger, LedgerEntry, LedgerId, LedgerRecord, Maintenance, OAuthScopes, Outbox,
    OutboxId, OutboxItem, OutboxMessage, Owner, OwnerKey, Parked, PendingFlow, PendingStore, ProviderKey,
    Run, RunId, RunStore, Sealed, SecretId, SecretName, SecretStore, SinkName, StatusReason, StoreError,
    TaskId, TaskStatus, TaskStore, ThreadId, ThreadPermissions, ThreadStore, UserId, UserSecret,
    VersionStore,
    store::{
        Backlog, CallKey, CallState, Completion, Connection, CredentialRow, DisconnectOrder, FlowLimits,
        IntegrationChange, KeyCount, LeaseRequest, Leaving, LedgerFilter, Matching, NewIntegration,
        NewSecret, NewTask, Release, Renewed, Resealed, RevokeFilter, SealedCredential, SealedSecret,
        SecretChange, SeenStore, Selector, Take, ThreadGrant, Verdict,
    },
};

pub use plan::{FaultPlan, StoreFault};

/// A store whose calls fail as a [`FaultPlan`] says: before anything is done, or after all of it is.
///
/// What a call of a store writes, it writes whole or not at all; so a call is what can fail here. Whoever counts how many
/// calls a flow makes, and lets each of them fail in both ways, has met every moment at which its database can go away.
///
/// ```
/// use std::sync::Arc;
///
/// use bailee_core::{IntegrationStore, Owner, StoreError};
/// use bailee_testkit::{FaultPlan, FaultyStore, MemoryStore, MockClock, StoreFault};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (plan, owner) = (FaultPlan::default(), Owner::user("u1")?);
/// let store = FaultyStore::new(Arc::new(MemoryStore::new(Arc::new(MockClock::new()))), plan.clone());
/// plan.fail(2, StoreFault::Before);
/// assert!(store.list(&owner, None, 10).await?.is_empty());
/// assert_eq!(store.list(&owner, None, 10).await, Err(StoreError::Unavailable));
/// assert_eq!((plan.calls(), plan.met()), (2, vec!["list"]));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultyStore<S: ?Sized> {
    plan: FaultPlan,
    store: Arc<S>,
}

impl<S: ?Sized> FaultyStore<S> {
    /// This store, failing as the plan says; `S` may be `dyn Store`.
    #[must_use]
    pub const fn new(store: Arc<S>, plan: FaultPlan) -> Self {
        Self { plan, store }
    }
}

impl<S: ?Sized> Clone for FaultyStore<S> {
    fn clone(&self) -> Self {
        Self { plan: self.plan.clone(), store: Arc::clone(&self.store) }
    }
}

/// Each method of a trait, handed on through the plan.
macro_rules! delegate {
    ($store:ident {
        $($method:ident $(<$life:lifetime>)? ($($argument:ident: $type:ty),*) -> $answer:ty;)+
    }) => {
        #[async_trait]
        impl<S: $store + ?Sized> $store for FaultyStore<S> {
            $(async fn $method $(<$life>)? (&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                plan::around(&self.plan, stringify!($method), self.store.$method($($argument),*)).await
            })+
        }
    };
}

delegate!(IntegrationStore {
    list(owner: &Owner, after: Option<IntegrationId>, limit: u32) -> Vec<Integration>;
    find(owner: &Owner, id: IntegrationId) -> Option<Integration>;
    of_provider(owner: &Owner, provider: &ProviderKey) -> Vec<Integration>;
    credentials(owner: &Owner, which: &Selector) -> Vec<CredentialRow>;
    insert(new: NewIntegration) -> Integration;
    reconnect(owner: &Owner, id: IntegrationId, lease_epoch: i64, connection: Connection) -> bool;
    set_status(
        owner: &Owner,
        id: IntegrationId,
        verdict: Verdict,
        announcement: Option<&Announcement>
    ) -> bool;
    update(
        owner: &Owner,
        id: IntegrationId,
        version: i64,
        change: IntegrationChange,
        announcement: Option<&Announcement>
    ) -> Option<Integration>;
    set_lacking(owner: &Owner, id: IntegrationId, version: i64, lacking: OAuthScopes) -> bool;
    begin_disconnect(
        owner: &Owner,
        id: IntegrationId,
        message: OutboxMessage,
        delay: Duration,
        announcement: Option<&Announcement>
    ) -> bool;
});

delegate!(CredentialStore {
    read(id: IntegrationId) -> Option<CredentialRow>;
    acquire(id: IntegrationId, request: LeaseRequest) -> bool;
    save(id: IntegrationId, renewed: Renewed) -> bool;
    release(id: IntegrationId, lease_owner: [u8; 16], lease_epoch: i64, release: Release) -> bool;
    mark_dead(
        id: IntegrationId,
        secret_epoch: i64,
        lease_owner: [u8; 16],
        lease_epoch: i64,
        reason: StatusReason,
        announcement: Option<&Announcement>
    ) -> bool;
    mark_expired(id: IntegrationId, secret_epoch: i64, announcement: Option<&Announcement>) -> bool;
    erase(id: IntegrationId, revoked: Option<i64>, announcement: Option<&Announcement>) -> bool;
    others_of_account<'a>(
        provider: &ProviderKey,
        client: Option<&'a ClientId>,
        account: &AccountId,
        except: Option<IntegrationId>
    ) -> u64;
    of_account(provider: &ProviderKey, account: &AccountId, limit: u32) -> Vec<CredentialRow>;
});

delegate!(PendingStore {
    put(flow: PendingFlow, lifetime: Duration, limits: FlowLimits) -> DateTime<Utc>;
    peek(state_hash: &[u8; 32], provider: &ProviderKey) -> Option<PendingFlow>;
    park(id: FlowId, parked: Parked) -> bool;
    take<'a>(take: Take<'a>) -> Option<PendingFlow>;
    put_request(request: ConnectRequest, lifetime: Duration, most: u32) -> DateTime<Utc>;
    request(owner: &Owner, id: ConnectRequestId) -> Option<ConnectRequest>;
    request_to_user(user: &UserId, id: ConnectRequestId) -> Option<ConnectRequest>;
    take_request(owner: &Owner, id: ConnectRequestId) -> bool;
});

delegate!(Outbox {
    add(message: OutboxMessage, delay: Duration) -> ();
    claim(limit: u32, claim: [u8; 16], duration: Duration) -> Vec<OutboxItem>;
    complete(id: OutboxId) -> ();
    postpone(id: OutboxId, claim: [u8; 16], delay: Duration) -> bool;
});

delegate!(EventOutbox {
    announce(announcement: &Announcement) -> ();
    claim_events(sink: &SinkName, limit: u32, claim: [u8; 16], duration: Duration) -> Vec<EventItem>;
    complete_event(sink: &SinkName, id: EventId) -> ();
    postpone_event(sink: &SinkName, id: EventId, claim: [u8; 16], delay: Duration) -> bool;
    reap_unclaimed_events(kept: Duration, limit: u32) -> u64;
});

delegate!(IncidentStore {
    count_matching(filter: &RevokeFilter) -> Matching;
    hide_matching(filter: &RevokeFilter) -> u64;
    without_message(limit: u32) -> Vec<Leaving>;
    order_disconnects(orders: Vec<DisconnectOrder>) -> bool;
    leaving(filter: &RevokeFilter, after: Option<IntegrationId>, limit: u32) -> Vec<Leaving>;
});

delegate!(Maintenance {
    due_for_refresh(provider: &ProviderKey, margin: Duration, limit: u32) -> Vec<CredentialRow>;
    reap_expired(limit: u32) -> u64;
    sample_records(limit: u32) -> Vec<CredentialRow>;
    backlog() -> Backlog;
    records_by_key() -> Vec<KeyCount>;
    records_of_key(key: KeyId, after: Option<IntegrationId>, limit: u32) -> Vec<SealedCredential>;
    rewrap(from: KeyId, page: Vec<Resealed<IntegrationId>>) -> u64;
});

delegate!(ThreadStore {
    thread_grant(owner: &Owner, thread: &ThreadId) -> ThreadGrant;
    open_threads(owner: &Owner, limit: u32) -> Vec<(ThreadId, ThreadGrant)>;
    set_thread_grant(
        owner: &Owner,
        thread: &ThreadId,
        permissions: ThreadPermissions,
        version: Option<i64>,
        announcement: Option<&Announcement>
    ) -> Option<ThreadGrant>;
});

delegate!(SecretStore {
    list_secrets(owner: &Owner, after: Option<SecretId>, limit: u32) -> Vec<UserSecret>;
    find_secret(owner: &Owner, id: SecretId) -> Option<UserSecret>;
    sealed_secret(owner: &Owner, name: &SecretName) -> Option<SealedSecret>;
    insert_secret(new: NewSecret) -> UserSecret;
    update_secret(owner: &Owner, id: SecretId, version: i64, change: SecretChange) -> Option<UserSecret>;
    delete_secret(owner: &Owner, id: SecretId) -> bool;
    secrets_of_key(key: KeyId, after: Option<SecretId>, limit: u32) -> Vec<SealedSecret>;
    rewrap_secrets(from: KeyId, page: Vec<Resealed<SecretId>>) -> u64;
});

delegate!(TaskStore {
    insert_task(new: NewTask) -> AgentTask;
    list_tasks(
        owner: &Owner,
        status: Option<TaskStatus>,
        before: Option<TaskId>,
        limit: u32
    ) -> Vec<AgentTask>;
    find_task(owner: &Owner, id: TaskId) -> Option<AgentTask>;
    pending_tasks(owner: &Owner) -> u64;
    move_task(owner: &Owner, id: TaskId, from: TaskStatus, to: TaskStatus) -> Option<AgentTask>;
});

delegate!(Ledger {
    append(entry: LedgerEntry) -> ();
    complete_entry(id: LedgerId, completion: Completion) -> bool;
    entries(
        owner: &Owner,
        filter: &LedgerFilter,
        before: Option<LedgerId>,
        limit: u32
    ) -> Vec<LedgerRecord>;
    reap_entries(age: Duration, limit: u32) -> u64;
});

delegate!(RunStore {
    add_run(token_hash: [u8; 32], run: Run, lifetime: Duration) -> DateTime<Utc>;
    run(token_hash: &[u8; 32]) -> Option<Run>;
    end_run(owner: &Owner, id: RunId) -> bool;
});

delegate!(IdempotencyStore {
    begin_call<'a>(key: CallKey<'a>, claim: [u8; 16], lifetime: Duration) -> CallState;
    end_call<'a>(key: CallKey<'a>, claim: [u8; 16], result: Sealed) -> bool;
    forget_call<'a>(key: CallKey<'a>, claim: [u8; 16]) -> bool;
});

delegate!(SeenStore {
    see(provider: &ProviderKey, event: &str, lifetime: Duration) -> bool;
    forget(provider: &ProviderKey, event: &str) -> ();
});

delegate!(VersionStore {
    owner_versions(owners: &[OwnerKey]) -> Vec<i64>;
    raise_version(owner: &Owner) -> ();
});
