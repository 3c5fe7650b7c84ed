//! Records to test with. Ids rise in the order of their making.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use chrono::DateTime;
use serde_json::{Map, json};

use bailee_core::{
    Account, AccountId, Action, BrowserProof, ClientId, ConnectRequest, ConnectRequestId, FlowId,
    IntegrationId, InvalidId, Issuer, KeyId, LedgerDetails, LedgerEntry, LedgerId, Lifecycle, OAuthScopes,
    OutboxId, OutboxJob, OutboxMessage, Outcome, Owner, PendingFlow, ProfileId, Proposal, ProviderKey, RunId,
    Scope, Sealed, SecretId, SecretName, TaskId, ThreadId,
    store::{
        Connection, CredentialRow, FlowLimits, LeaseRequest, NewIntegration, NewSecret, NewTask, Renewed,
        Take,
    },
};

use super::Stores;
use crate::suite::SuiteError;

/// One hour.
pub const HOUR: Duration = Duration::from_hours(1);

/// More flows than any sample makes.
pub const MANY_FLOWS: FlowLimits = FlowLimits { per_owner_and_provider: 1_000, total: 10_000 };

/// The key that "sealed" the samples.
pub const KEY: KeyId = KeyId::new(*b"suitekey");

/// A number that no other call in this process gets.
#[must_use]
pub fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn id_parts() -> (u64, [u8; 10]) {
    let number = number();
    let mut random = [0x5A; 10];
    for (to, from) in random.iter_mut().skip(2).zip(number.to_be_bytes()) {
        *to = from;
    }
    (1_700_000_000_000 + number, random)
}

/// A new integration id, larger than those before.
#[must_use]
pub fn integration_id() -> IntegrationId {
    let (unix_ms, random) = id_parts();
    IntegrationId::from_parts(unix_ms, random)
}

/// A new flow id, larger than those before.
#[must_use]
pub fn flow_id() -> FlowId {
    let (unix_ms, random) = id_parts();
    FlowId::from_parts(unix_ms, random)
}

/// A new message id, larger than those before.
#[must_use]
pub fn outbox_id() -> OutboxId {
    let (unix_ms, random) = id_parts();
    OutboxId::from_parts(unix_ms, random)
}

/// A new secret id, larger than those before.
#[must_use]
pub fn secret_id() -> SecretId {
    let (unix_ms, random) = id_parts();
    SecretId::from_parts(unix_ms, random)
}

/// A new task id, larger than those before.
#[must_use]
pub fn task_id() -> TaskId {
    let (unix_ms, random) = id_parts();
    TaskId::from_parts(unix_ms, random)
}

/// A new run id, larger than those before.
#[must_use]
pub fn run_id() -> RunId {
    let (unix_ms, random) = id_parts();
    RunId::from_parts(unix_ms, random)
}

/// A request to connect Google, of profile `p1`.
///
/// # Errors
/// None.
pub fn connect_request(owner: &Owner) -> Result<ConnectRequest, SuiteError> {
    Ok(ConnectRequest {
        id: ConnectRequestId::new(holder()),
        owner: owner.clone(),
        provider: google()?,
        integration: None,
        scopes: OAuthScopes::default(),
        profile: ProfileId::new("p1")?,
        client: None,
        expires_at: DateTime::UNIX_EPOCH,
    })
}

/// A new id of an entry of the ledger, larger than those before.
#[must_use]
pub fn ledger_id() -> LedgerId {
    let (unix_ms, random) = id_parts();
    LedgerId::from_parts(unix_ms, random)
}

/// 16 bytes that no other call gets: the holder of a lease or a claim.
#[must_use]
pub fn holder() -> [u8; 16] {
    (u128::from(number()) + 1).to_be_bytes()
}

/// 32 bytes that no other call gets: in the place of a SHA-256.
#[must_use]
pub fn hash() -> [u8; 32] {
    let mut hash = [0xA5; 32];
    for (to, from) in hash.iter_mut().zip(number().to_be_bytes()) {
        *to = from;
    }
    hash
}

/// The provider `google`.
///
/// # Errors
/// None.
pub fn google() -> Result<ProviderKey, InvalidId> {
    ProviderKey::new("google")
}

/// Bytes as if sealed.
#[must_use]
pub fn sealed(bytes: impl Into<Vec<u8>>) -> Sealed {
    Sealed { bytes: bytes.into(), key: KEY }
}

/// A grant of an account of its own that lives for an hour and can be refreshed.
///
/// # Errors
/// None.
pub fn connection() -> Result<Connection, SuiteError> {
    let number = number();
    Ok(Connection {
        client: Some(ClientId::new("client-1")?),
        account: Account {
            id: AccountId::new(format!("account-{number}"))?,
            label: Some(format!("user{number}@example.com")),
        },
        requested: OAuthScopes::parse("openid email calendar")?,
        granted: Some(OAuthScopes::parse("openid email")?),
        sealed: sealed(format!("sealed-{number}")),
        refreshable: true,
        expires_in: Some(HOUR),
        announcement: None,
    })
}

/// A first connect of `owner` at `provider`, in the slot of those who may have one.
///
/// # Errors
/// None.
pub fn integration(owner: &Owner, provider: &ProviderKey) -> Result<NewIntegration, SuiteError> {
    Ok(NewIntegration {
        id: integration_id(),
        owner: owner.clone(),
        provider: provider.clone(),
        slot: String::new(),
        connection: connection()?,
        scope: Scope::All,
        bound_profile: None,
        config: Map::new(),
    })
}

/// The same in a slot of its own, as where an owner may have many.
///
/// # Errors
/// None.
pub fn one_of_many(owner: &Owner, provider: &ProviderKey) -> Result<NewIntegration, SuiteError> {
    let mut new = integration(owner, provider)?;
    new.slot = new.connection.account.id.to_string();
    Ok(new)
}

/// Inserts the Google integration of the user `u1` and returns whose it is and its id.
///
/// # Errors
/// Those of the store.
pub async fn connected(stores: &dyn Stores) -> Result<(Owner, IntegrationId), SuiteError> {
    let owner = Owner::user("u1")?;
    let id = stores.insert(integration(&owner, &google()?)?).await?.id;
    Ok((owner, id))
}

/// Reads a row that must be there.
///
/// # Errors
/// Those of the store, and that it is not there.
pub async fn row(stores: &dyn Stores, id: IntegrationId) -> Result<CredentialRow, SuiteError> {
    Ok(stores.read(id).await?.ok_or("the row is gone")?)
}

/// A request of this holder for a lease of an hour on a fresh, connected row.
#[must_use]
pub const fn lease(lease_owner: [u8; 16]) -> LeaseRequest {
    LeaseRequest {
        secret_epoch: 1,
        lease_owner,
        duration: HOUR,
        longest: Duration::from_hours(4),
        lifecycle: Lifecycle::Connected,
        ignore_gate: false,
    }
}

/// A refreshed credential under this lease, good for an hour.
#[must_use]
pub fn renewed(row: &CredentialRow, lease_owner: [u8; 16], lease_epoch: i64) -> Renewed {
    let hour_ms = 3_600_000;
    Renewed {
        lease_epoch,
        lease_owner,
        sealed: sealed(format!("renewed-{lease_epoch}")),
        access_expires_ms: Some(row.now_ms + hour_ms),
        access_lifetime_ms: Some(hour_ms),
        granted: None,
        refreshable: true,
        refreshed: None,
        recovered: None,
    }
}

/// A flow of `owner` at Google.
///
/// # Errors
/// None.
pub fn flow(owner: &Owner) -> Result<PendingFlow, SuiteError> {
    Ok(PendingFlow {
        id: flow_id(),
        state_hash: hash(),
        owner: owner.clone(),
        provider: google()?,
        client: Some(ClientId::new("client-1")?),
        redirect_uri: "https://backend.example.com/api/oauth/google/callback".to_owned(),
        verifier: b"sealed verifier".to_vec(),
        issuer: Some(Issuer { identifier: "https://accounts.google.com".to_owned(), required: true }),
        requested: OAuthScopes::parse("openid email")?,
        return_to: "integrations".to_owned(),
        proof: BrowserProof::Nonce(hash()),
        reconnect: None,
        parked: None,
        expires_at: DateTime::UNIX_EPOCH,
    })
}

/// What takes this flow, when it was not parked.
#[must_use]
pub fn take(flow: &PendingFlow) -> Take<'_> {
    Take {
        state_hash: flow.state_hash,
        provider: &flow.provider,
        owner: &flow.owner,
        proofs: std::slice::from_ref(&flow.proof),
        handle_hash: None,
    }
}

/// The order to revoke and erase an integration.
#[must_use]
pub fn disconnect(integration: IntegrationId) -> OutboxMessage {
    OutboxMessage::disconnect(integration)
}

/// The order to revoke a grant that no row keeps.
///
/// # Errors
/// None.
pub fn revoke_grant(owner: &Owner, sealed: Vec<u8>) -> Result<OutboxMessage, SuiteError> {
    let account = Account { id: AccountId::new("account-1")?, label: None };
    let job =
        OutboxJob::RevokeGrant { owner: owner.clone(), provider: google()?, client: None, account, sealed };
    Ok(OutboxMessage { id: outbox_id(), job })
}

/// A secret of `owner` with this name, for all profiles.
///
/// # Errors
/// That `name` is none.
pub fn secret(owner: &Owner, name: &str) -> Result<NewSecret, SuiteError> {
    Ok(NewSecret {
        id: secret_id(),
        owner: owner.clone(),
        name: SecretName::new(name)?,
        scope: Scope::All,
        sealed: sealed(format!("secret-{}", number())),
    })
}

/// A task of `owner` that was asked for through the thread `t1`.
///
/// # Errors
/// None.
pub fn task(owner: &Owner) -> Result<NewTask, SuiteError> {
    let slots = [1_800_000_000_123, 1_800_003_600_000].map(DateTime::from_timestamp_millis);
    Ok(NewTask {
        id: task_id(),
        owner: owner.clone(),
        profile: ProfileId::new("p1")?,
        thread: Some(ThreadId::new("t1")?),
        proposal: Proposal {
            title: awkward_config().0,
            slots: slots.into_iter().flatten().collect(),
            duration_minutes: 30,
        },
    })
}

/// An entry of `owner` that says nothing but what was done, and that it went well.
#[must_use]
pub fn entry(owner: &Owner, action: Action) -> LedgerEntry {
    LedgerEntry {
        id: ledger_id(),
        owner: owner.clone(),
        action,
        outcome: Outcome::Ok,
        refusal: None,
        profile: None,
        thread: None,
        tool: None,
        provider: None,
        integration: None,
        details: LedgerDetails::default(),
        ended: None,
    }
}

/// A label and settings that a careless store would spoil.
#[must_use]
pub fn awkward_config() -> (String, Map<String, serde_json::Value>) {
    let text = "Zoë “O'Hara” \\ \"quoted\" 🦀 日本語 %_ ; -- \u{1F9D1}\u{200D}\u{1F680}".to_owned();
    let mut config = Map::new();
    config.insert(text.clone(), json!(text));
    config.insert("nested".to_owned(), json!({"list": [1, -2.5, true, null, "\n\t"], "empty": {}}));
    config.insert("large".to_owned(), json!(i64::MAX));
    (text, config)
}
