#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use chrono::DateTime;

use bailee_core::{
    Caller, IntegrationId, KeyId, Owner, ProviderKey, Run, ToolName,
    store::{CallKey, CallState, Gate, LeaseRequest, Release},
};

use super::{
    Stores,
    sample::{self, HOUR, MANY_FLOWS},
};
use crate::suite::{SuiteError, SuiteResult};

const MINUTE: Duration = Duration::from_mins(1);

async fn expiring(
    stores: &dyn Stores,
    provider: &ProviderKey,
    expires_in: Option<Duration>,
) -> Result<IntegrationId, SuiteError> {
    let mut new = sample::one_of_many(&Owner::user("u1")?, provider)?;
    new.connection.expires_in = expires_in;
    Ok(stores.insert(new).await?.id)
}

/// Rows whose access token is about to expire come soonest first, over all owners, of the provider asked for.
pub async fn refreshes_are_due_soonest_first(stores: &dyn Stores) -> SuiteResult {
    let (google, slack) = (sample::google()?, ProviderKey::new("slack")?);
    let third = expiring(stores, &google, Some(MINUTE * 4)).await?;
    let first = expiring(stores, &google, Some(Duration::ZERO)).await?;
    let second = expiring(stores, &google, Some(MINUTE * 2)).await?;
    let other = expiring(stores, &slack, Some(MINUTE)).await?;
    expiring(stores, &google, Some(HOUR)).await?;
    expiring(stores, &google, None).await?;
    let of = async |provider, minutes, limit| due(stores, provider, MINUTE * minutes, limit).await;
    assert_eq!(of(&google, 5, 10).await?, [first, second, third]);
    assert_eq!(of(&google, 5, 2).await?, [first, second]);
    assert_eq!(of(&google, 3, 10).await?, [first, second]);
    assert_eq!(of(&slack, 5, 10).await?, [other]);
    assert!(of(&ProviderKey::new("notion")?, 5, 10).await?.is_empty());
    Ok(())
}

async fn due(
    stores: &dyn Stores,
    provider: &ProviderKey,
    margin: Duration,
    limit: u32,
) -> Result<Vec<IntegrationId>, SuiteError> {
    Ok(stores.due_for_refresh(provider, margin, limit).await?.iter().map(|row| row.id).collect())
}

/// A row that somebody refreshes just now is left to them.
pub async fn what_is_leased_is_not_due(stores: &dyn Stores) -> SuiteResult {
    let google = sample::google()?;
    let (leased, free) =
        (expiring(stores, &google, Some(MINUTE)).await?, expiring(stores, &google, Some(MINUTE * 2)).await?);
    let holder = sample::holder();
    assert!(stores.acquire(leased, sample::lease(holder)).await?);
    assert_eq!(due(stores, &google, MINUTE * 5, 10).await?, [free]);
    let open = Release { free: true, failed: false, gate: Gate::Open };
    assert!(stores.release(leased, holder, 2, open).await?);
    assert_eq!(due(stores, &google, MINUTE * 5, 10).await?, [leased, free]);
    Ok(())
}

/// A row that is dead, leaving, gated, leased or without a refresh token is not due.
pub async fn what_cannot_be_refreshed_is_not_due(stores: &dyn Stores) -> SuiteResult {
    let (owner, google) = (Owner::user("u1")?, sample::google()?);
    let due = expiring(stores, &google, Some(MINUTE)).await?;
    let mut fixed = sample::one_of_many(&owner, &google)?;
    fixed.connection.expires_in = Some(MINUTE);
    fixed.connection.refreshable = false;
    stores.insert(fixed).await?;
    let dead = expiring(stores, &google, Some(MINUTE)).await?;
    assert!(stores.mark_expired(dead, 1, None).await?);
    let leaving = expiring(stores, &google, Some(MINUTE)).await?;
    assert!(stores.begin_disconnect(&owner, leaving, sample::disconnect(leaving), HOUR, None).await?);
    let gated = expiring(stores, &google, Some(MINUTE)).await?;
    let holder = sample::holder();
    assert!(stores.acquire(gated, sample::lease(holder)).await?);
    let close = Release { free: true, failed: true, gate: Gate::For(HOUR) };
    assert!(stores.release(gated, holder, 2, close).await?);

    assert_eq!(self::due(stores, &google, MINUTE * 5, 10).await?, [due]);
    let request = LeaseRequest { ignore_gate: true, ..sample::lease(holder) };
    assert!(stores.acquire(gated, request).await?);
    assert!(stores.release(gated, holder, 3, Release { gate: Gate::Open, ..close }).await?);
    assert_eq!(self::due(stores, &google, MINUTE * 5, 10).await?, [due, gated]);
    Ok(())
}

/// Expired flows are removed, as many as were asked for; live ones stay.
pub async fn expired_flows_are_reaped(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    for _ in 0..3 {
        stores.put(sample::flow(&owner)?, Duration::ZERO, MANY_FLOWS).await?;
    }
    let live = sample::flow(&owner)?;
    stores.put(live.clone(), HOUR, MANY_FLOWS).await?;
    let mut reaped = Vec::new();
    for limit in [2, 10, 10] {
        reaped.push(stores.reap_expired(limit).await?);
    }
    assert_eq!(reaped, [2, 1, 0]);
    assert!(stores.take(sample::take(&live)).await?.is_some());
    Ok(())
}

/// Of everything that expires, what has expired is removed, as many of each kind as were asked for; the rest stays.
pub async fn everything_that_expires_is_reaped(stores: &dyn Stores) -> SuiteResult {
    let (owner, tool) = (Owner::user("u1")?, ToolName::new("send")?);
    let caller = Caller::own(owner.clone(), "p1")?;
    let hashes: Vec<[u8; 32]> = (0..4).map(|_| sample::hash()).collect();
    for (lifetime, hash) in [Duration::ZERO, Duration::ZERO, Duration::ZERO, HOUR].into_iter().zip(&hashes) {
        stores.put(sample::flow(&owner)?, lifetime, MANY_FLOWS).await?;
        stores.put_request(sample::connect_request(&owner)?, lifetime, 10).await?;
        let run = Run { id: sample::run_id(), caller: caller.clone(), expires_at: DateTime::UNIX_EPOCH };
        stores.add_run(*hash, run, lifetime).await?;
        let key = CallKey { owner: &owner, tool: &tool, hash };
        stores.begin_call(key, sample::holder(), lifetime).await?;
    }
    let mut reaped = Vec::new();
    for limit in [2, 10, 10] {
        reaped.push(stores.reap_expired(limit).await?);
    }
    assert_eq!(reaped, [8, 4, 0]);
    let live = hashes.last().ok_or("no hash")?;
    assert!(stores.run(live).await?.is_some());
    let key = CallKey { owner: &owner, tool: &tool, hash: live };
    assert!(matches!(stores.begin_call(key, sample::holder(), HOUR).await?, CallState::Begun(_)));
    Ok(())
}

/// Each key in use gives its newest record, the newest key first.
pub async fn each_key_in_use_gives_one_sample(stores: &dyn Stores) -> SuiteResult {
    let (owner, google) = (Owner::user("u1")?, sample::google()?);
    let mut ids = Vec::new();
    for key in [[1; 8], [1; 8], [2; 8], [3; 8], [2; 8]] {
        let mut new = sample::one_of_many(&owner, &google)?;
        new.connection.sealed.key = KeyId::new(key);
        ids.push(stores.insert(new).await?.id);
    }
    let [_, of_first, _, of_third, of_second] = ids.as_slice() else {
        return Err("no rows".into());
    };
    let sampled = async |limit| -> Result<Vec<IntegrationId>, SuiteError> {
        Ok(stores.sample_records(limit).await?.iter().map(|row| row.id).collect())
    };
    assert_eq!(sampled(10).await?, [*of_second, *of_third, *of_first]);
    assert_eq!(sampled(2).await?, [*of_second, *of_third]);
    Ok(())
}

async fn under_key(stores: &dyn Stores, key: KeyId) -> Result<IntegrationId, SuiteError> {
    let mut new = sample::one_of_many(&Owner::user("u1")?, &sample::google()?)?;
    new.connection.sealed.key = key;
    Ok(stores.insert(new).await?.id)
}

/// The rows of a key come page after page, and those of other keys do not.
pub async fn the_records_of_a_key_come_in_pages(stores: &dyn Stores) -> SuiteResult {
    let (old, new) = (KeyId::new([1; 8]), KeyId::new([2; 8]));
    let mut of_old = Vec::new();
    for key in [old, new, old, old] {
        let id = under_key(stores, key).await?;
        of_old.extend((key == old).then_some(id));
    }
    let owner = Owner::user("u1")?;
    let [first, second, leaving] = *of_old.as_slice() else {
        return Err("no rows".into());
    };
    assert!(stores.begin_disconnect(&owner, leaving, sample::disconnect(leaving), HOUR, None).await?);
    let page = async |key, after, limit| -> Result<Vec<IntegrationId>, SuiteError> {
        Ok(stores.records_of_key(key, after, limit).await?.iter().map(|row| row.id).collect())
    };
    assert_eq!(page(old, None, 10).await?, of_old);
    assert_eq!(page(old, None, 2).await?, [first, second]);
    assert_eq!(page(old, Some(second), 2).await?, [leaving]);
    assert!(page(old, Some(leaving), 2).await?.is_empty());
    assert!(page(KeyId::new([3; 8]), None, 2).await?.is_empty());
    Ok(())
}
