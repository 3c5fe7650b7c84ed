#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{
    AccountId, ClientId, Lifecycle, OAuthScopes, Owner, ProviderKey, Status, StatusReason,
    store::{Gate, LeaseRequest, Release, Renewed},
};

use super::{
    Stores,
    sample::{self, HOUR, row},
};
use crate::suite::SuiteResult;

/// A refresh writes its credential, clears failures and gate, frees its lease, and is no change that a person sees.
pub async fn a_save_replaces_the_credential(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let (failed, holder) = (sample::holder(), sample::holder());
    assert!(stores.acquire(id, sample::lease(failed)).await?);
    let close = Release { free: true, failed: true, gate: Gate::For(HOUR) };
    assert!(stores.release(id, failed, 2, close).await?);
    assert!(stores.acquire(id, LeaseRequest { ignore_gate: true, ..sample::lease(holder) }).await?);

    let before = row(stores, id).await?;
    let renewed = Renewed {
        granted: Some(OAuthScopes::parse("openid")?),
        refreshable: false,
        ..sample::renewed(&before, holder, 3)
    };
    assert!(stores.save(id, renewed.clone()).await?);
    let after = row(stores, id).await?;
    assert_eq!((after.sealed, after.refreshable), (renewed.sealed.bytes.clone(), false));
    assert_eq!((after.secret_epoch, after.lease_epoch, after.lease_until_ms), (3, 3, 0));
    assert_eq!(
        (after.access_expires_ms, after.access_lifetime_ms),
        (renewed.access_expires_ms, renewed.access_lifetime_ms)
    );
    assert_eq!((after.refresh_failures, after.next_refresh_ms), (0, 0));
    assert_eq!((&after.granted, &after.requested), (&renewed.granted, &before.requested));
    let record = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((record.version, record.status), (1, Status::Valid));
    assert_eq!(record.expires_at.map(|at| at.timestamp_millis()), renewed.access_expires_ms);
    assert!(!stores.save(id, renewed).await?, "the same write again");
    Ok(())
}

/// What a refresh does not say of the grant stays.
pub async fn a_save_without_scopes_keeps_them(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    let before = row(stores, id).await?;
    assert!(stores.save(id, sample::renewed(&before, holder, 2)).await?);
    assert_eq!(row(stores, id).await?.granted, before.granted);
    Ok(())
}

/// Of two holders, whoever came later keeps what it wrote; an older one can neither overwrite it nor free its lease.
pub async fn an_older_lease_never_overwrites_a_newer_secret(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let (stale, older, newer) = (sample::holder(), sample::holder(), sample::holder());
    let lapsed = |holder| LeaseRequest { duration: Duration::ZERO, ..sample::lease(holder) };
    assert!(stores.acquire(id, lapsed(stale)).await?);
    assert!(stores.acquire(id, lapsed(older)).await?);
    assert!(stores.acquire(id, sample::lease(newer)).await?);
    let at = row(stores, id).await?;

    assert!(stores.save(id, sample::renewed(&at, older, 3)).await?, "nothing newer is there yet");
    let between = row(stores, id).await?;
    assert_eq!((between.secret_epoch, between.lease_owner), (3, Some(newer)));
    assert!(between.lease_until_ms > between.now_ms, "the lease is not the older one's to free");
    assert!(!stores.save(id, sample::renewed(&at, stale, 2)).await?);
    assert!(stores.save(id, sample::renewed(&at, newer, 4)).await?);
    assert!(!stores.save(id, sample::renewed(&at, older, 3)).await?);
    let after = row(stores, id).await?;
    assert_eq!((after.secret_epoch, after.lease_until_ms), (4, 0));
    assert_eq!(after.sealed, sample::renewed(&at, newer, 4).sealed.bytes);
    Ok(())
}

/// A reconnect needs the lease epoch that was read, and voids every attempt that began before it.
pub async fn a_reconnect_fences_every_older_attempt(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    let held = row(stores, id).await?;
    assert!(!stores.reconnect(&owner, id, 1, sample::connection()?).await?, "somebody began a refresh since");
    assert_eq!(row(stores, id).await?.sealed, held.sealed);

    let again = sample::connection()?;
    assert!(stores.reconnect(&owner, id, 2, again.clone()).await?);
    assert!(!stores.save(id, sample::renewed(&held, holder, 2)).await?);
    let free = Release { free: true, failed: true, gate: Gate::For(HOUR) };
    assert!(!stores.release(id, holder, 2, free).await?);
    assert!(!stores.mark_dead(id, 1, holder, 2, StatusReason::Revoked, None).await?);
    assert!(!stores.mark_expired(id, 1, None).await?);
    let after = row(stores, id).await?;
    assert_eq!((after.sealed, after.secret_epoch, after.lease_epoch), (again.sealed.bytes, 3, 3));
    assert_eq!((after.lifecycle, after.refresh_failures), (Lifecycle::Connected, 0));
    let next = LeaseRequest { secret_epoch: 3, ..sample::lease(sample::holder()) };
    assert!(stores.acquire(id, next).await?, "the old lease is void");
    assert!(!stores.reconnect(&owner, sample::integration_id(), 1, sample::connection()?).await?);
    Ok(())
}

/// A grant is declared dead only by the holder of the lease, and only the secret that was tried.
pub async fn a_grant_is_declared_dead_only_under_its_own_lease(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    for (secret, who, lease) in [(2, holder, 2), (1, sample::holder(), 2), (1, holder, 1)] {
        assert!(!stores.mark_dead(id, secret, who, lease, StatusReason::Revoked, None).await?);
    }
    assert_eq!(row(stores, id).await?.lifecycle, Lifecycle::Connected);
    assert!(stores.mark_dead(id, 1, holder, 2, StatusReason::OutcomeLost, None).await?);
    let dead = row(stores, id).await?;
    assert_eq!((dead.lifecycle, dead.status), (Lifecycle::NeedsReconnect, Status::Invalid));
    assert_eq!((dead.dead_reason, dead.lease_until_ms), (Some(StatusReason::OutcomeLost), 0));
    let record = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((record.status_reason, record.version), (Some(StatusReason::OutcomeLost), 2));
    assert!(!stores.mark_dead(id, 1, holder, 2, StatusReason::Revoked, None).await?, "dead once");
    Ok(())
}

/// A refresh that succeeded after all brings a dead row back.
pub async fn a_late_success_revives_a_dead_row(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    assert!(stores.mark_dead(id, 1, holder, 2, StatusReason::Revoked, None).await?);
    let dead = row(stores, id).await?;
    assert!(stores.save(id, sample::renewed(&dead, holder, 2)).await?);
    let alive = row(stores, id).await?;
    assert_eq!(
        (alive.lifecycle, alive.status, alive.dead_reason),
        (Lifecycle::Connected, Status::Valid, None)
    );
    let record = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((record.status_reason, record.version), (None, 3));
    Ok(())
}

/// A credential that cannot be refreshed is declared expired for the epoch that was seen, once.
pub async fn an_expired_credential_needs_a_reconnect(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    assert!(!stores.mark_expired(id, 2, None).await?);
    assert!(!stores.mark_expired(sample::integration_id(), 1, None).await?);
    assert!(stores.mark_expired(id, 1, None).await?);
    assert!(!stores.mark_expired(id, 1, None).await?);
    let record = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((record.lifecycle, record.status), (Lifecycle::NeedsReconnect, Status::Invalid));
    assert_eq!((record.status_reason, record.version), (Some(StatusReason::Expired), 2));
    assert_eq!(row(stores, id).await?.dead_reason, Some(StatusReason::Expired));
    Ok(())
}

/// A refresh that ends while its row is being disconnected leaves the newest secret to be revoked, and no way back.
pub async fn a_save_during_a_disconnect_does_not_revive(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    assert!(stores.begin_disconnect(&owner, id, sample::disconnect(id), HOUR, None).await?);
    let before = row(stores, id).await?;
    let newest = sample::renewed(&before, holder, 2);
    assert!(stores.save(id, newest.clone()).await?);
    let after = row(stores, id).await?;
    assert_eq!((after.lifecycle, after.sealed), (Lifecycle::Disconnecting, newest.sealed.bytes));
    Ok(())
}

/// Only a disconnecting row is erased; it is leased like any other until then.
pub async fn only_a_disconnecting_row_is_erased(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    assert!(!stores.erase(id, None, None).await?);
    assert!(!stores.erase(sample::integration_id(), None, None).await?);
    assert!(stores.find(&owner, id).await?.is_some());
    assert!(stores.begin_disconnect(&owner, id, sample::disconnect(id), HOUR, None).await?);
    let holder = sample::holder();
    assert!(!stores.acquire(id, sample::lease(holder)).await?);
    let request = LeaseRequest { lifecycle: Lifecycle::Disconnecting, ..sample::lease(holder) };
    assert!(stores.acquire(id, request).await?);
    let last = row(stores, id).await?;
    assert!(stores.erase(id, None, None).await?);
    assert!(!stores.erase(id, None, None).await?);
    assert!(stores.read(id).await?.is_none() && stores.find(&owner, id).await?.is_none());
    assert!(!stores.save(id, sample::renewed(&last, holder, 2)).await?, "an erased row does not come back");
    Ok(())
}

/// A secret that was written after the revocation of the one before keeps its row.
pub async fn a_row_is_erased_only_with_the_secret_that_was_revoked(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    assert!(stores.begin_disconnect(&owner, id, sample::disconnect(id), HOUR, None).await?);
    let revoked = row(stores, id).await?;
    assert!(stores.save(id, sample::renewed(&revoked, holder, 2)).await?);
    assert!(!stores.erase(id, Some(revoked.secret_epoch), None).await?);
    assert!(stores.erase(id, Some(2), None).await?);
    assert!(stores.read(id).await?.is_none());
    Ok(())
}

/// Others who live on one account are counted over all owners, by provider, client and account, to the letter.
pub async fn others_of_an_account_are_counted_over_owners(stores: &dyn Stores) -> SuiteResult {
    let (google, x) = (sample::google()?, ProviderKey::new("x")?);
    let client = ClientId::new("client-1")?;
    let account = AccountId::new("account-A")?;
    let mut ids = Vec::new();
    for (user, provider, client, account) in [
        ("u1", &google, "client-1", "account-A"),
        ("u2", &google, "client-1", "account-A"),
        ("u3", &google, "client-1", "account-A"),
        ("u4", &google, "client-1", "account-a"),
        ("u5", &google, "Client-1", "account-A"),
        ("u6", &x, "client-1", "account-A"),
    ] {
        let mut new = sample::integration(&Owner::user(user)?, provider)?;
        new.connection.client = Some(ClientId::new(client)?);
        new.connection.account.id = AccountId::new(account)?;
        ids.push(stores.insert(new).await?.id);
    }
    let [first, second, third, ..] = ids.as_slice() else {
        return Err("no rows".into());
    };
    let count = async |except| stores.others_of_account(&google, Some(&client), &account, except).await;
    assert_eq!((count(Some(*first)).await?, count(None).await?), (2, 3));
    assert!(stores.mark_expired(*second, 1, None).await?);
    assert_eq!(count(Some(*first)).await?, 1, "a dead grant lives on nothing");
    let owner = Owner::user("u3")?;
    assert!(stores.begin_disconnect(&owner, *third, sample::disconnect(*third), HOUR, None).await?);
    assert_eq!(count(Some(*first)).await?, 0);
    assert_eq!(
        stores.others_of_account(&google, None, &account, None).await?,
        0,
        "no client is no other client"
    );
    Ok(())
}

/// The rows of an account are found over all owners and clients, to the letter; disconnecting ones are left out.
pub async fn the_rows_of_an_account_are_found_whoever_owns_them(stores: &dyn Stores) -> SuiteResult {
    let (google, x) = (sample::google()?, ProviderKey::new("x")?);
    let account = AccountId::new("account-A")?;
    let mut ids = Vec::new();
    for (user, provider, client, account) in [
        ("u1", &google, Some("client-1"), "account-A"),
        ("u2", &google, None, "account-A"),
        ("u3", &google, None, "account-A"),
        ("u4", &google, None, "account-a"),
        ("u5", &x, None, "account-A"),
    ] {
        let mut new = sample::integration(&Owner::user(user)?, provider)?;
        new.connection.client = client.map(ClientId::new).transpose()?;
        new.connection.account.id = AccountId::new(account)?;
        ids.push(stores.insert(new).await?.id);
    }
    let [first, second, third, ..] = ids.as_slice() else {
        return Err("no rows".into());
    };
    let found = async |limit| {
        let rows = stores.of_account(&google, &account, limit).await;
        rows.map(|rows| rows.into_iter().map(|row| row.id).collect::<Vec<_>>())
    };
    assert_eq!(found(10).await?, [*first, *second, *third]);
    assert_eq!(found(2).await?, [*first, *second]);
    let owner = Owner::user("u2")?;
    assert!(stores.begin_disconnect(&owner, *second, sample::disconnect(*second), HOUR, None).await?);
    assert_eq!(found(10).await?, [*first, *third]);
    Ok(())
}
