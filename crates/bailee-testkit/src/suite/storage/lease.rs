#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use futures_util::future::join_all;

use bailee_core::{
    Lifecycle,
    store::{Gate, LeaseRequest, Release},
};

use super::{
    Stores,
    sample::{self, HOUR, row},
};
use crate::suite::SuiteResult;

const FREE: Release = Release { free: true, failed: true, gate: Gate::Open };

/// Of parallel requests for one lease, one wins, and the row says which.
pub async fn of_parallel_leases_one_wins(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let holders: Vec<_> = (0..16).map(|_| sample::holder()).collect();
    let outcomes = join_all(holders.iter().map(|holder| stores.acquire(id, sample::lease(*holder)))).await;
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    let winners: Vec<_> =
        holders.iter().zip(outcomes).filter(|(_, won)| *won).map(|(holder, _)| *holder).collect();
    let row = row(stores, id).await?;
    assert_eq!(winners, row.lease_owner.as_slice());
    assert_eq!((row.lease_epoch, row.secret_epoch), (2, 1));
    let left = row.lease_until_ms - row.now_ms;
    assert!((1..=3_600_000).contains(&left), "{left} ms are left of an hour");
    Ok(())
}

/// A held lease is nobody else's, and not its holder's a second time either.
pub async fn a_held_lease_is_given_to_nobody(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    assert!(!stores.acquire(id, sample::lease(sample::holder())).await?);
    assert!(!stores.acquire(id, sample::lease(holder)).await?);
    let row = row(stores, id).await?;
    assert_eq!((row.lease_owner, row.lease_epoch, row.unknown_epoch), (Some(holder), 2, 0));
    Ok(())
}

/// A lease needs the row to be as it was seen.
pub async fn a_lease_needs_the_row_as_it_was_seen(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let request = sample::lease(sample::holder());
    assert!(!stores.acquire(id, LeaseRequest { secret_epoch: 2, ..request }).await?);
    assert!(!stores.acquire(id, LeaseRequest { lifecycle: Lifecycle::Disconnecting, ..request }).await?);
    assert!(!stores.acquire(sample::integration_id(), request).await?);
    assert_eq!(row(stores, id).await?.lease_epoch, 1, "a refused request grows nothing");
    assert!(stores.mark_expired(id, 1, None).await?);
    assert!(!stores.acquire(id, request).await?, "a dead grant is not refreshed");
    Ok(())
}

/// A lease that lapsed is free, and leaves the mark that its attempt ended without a known outcome.
pub async fn a_lapsed_lease_marks_an_unknown_outcome(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let lost = LeaseRequest { duration: Duration::ZERO, ..sample::lease(sample::holder()) };
    assert!(stores.acquire(id, lost).await?);
    assert_eq!(row(stores, id).await?.unknown_epoch, 0, "nobody has missed it yet");
    let next = sample::holder();
    assert!(stores.acquire(id, sample::lease(next)).await?);
    let row = row(stores, id).await?;
    assert_eq!((row.unknown_epoch, row.secret_epoch, row.lease_epoch), (1, 1, 3));
    assert_eq!(row.lease_owner, Some(next));
    assert!(!stores.release(id, lost.lease_owner, 2, FREE).await?, "too late to say");
    Ok(())
}

/// A lease that was released or saved under leaves no such mark.
pub async fn a_finished_lease_marks_nothing(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let (first, second, third) = (sample::holder(), sample::holder(), sample::holder());
    assert!(stores.acquire(id, sample::lease(first)).await?);
    assert!(stores.release(id, first, 2, FREE).await?);
    assert!(stores.acquire(id, sample::lease(second)).await?);
    assert_eq!(row(stores, id).await?.unknown_epoch, 0);
    let renewed = sample::renewed(&row(stores, id).await?, second, 3);
    assert!(stores.save(id, renewed).await?);
    assert!(stores.acquire(id, LeaseRequest { secret_epoch: 3, ..sample::lease(third) }).await?);
    let row = row(stores, id).await?;
    assert_ne!(row.unknown_epoch, row.secret_epoch);
    Ok(())
}

/// A lease further ahead than any can be means that the clock jumped: it counts as free.
pub async fn a_lease_too_far_ahead_counts_as_free(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let far = LeaseRequest { duration: HOUR * 24, ..sample::lease(sample::holder()) };
    assert!(stores.acquire(id, far).await?);
    let patient = LeaseRequest { longest: HOUR * 48, ..sample::lease(sample::holder()) };
    assert!(!stores.acquire(id, patient).await?);
    let next = sample::holder();
    assert!(stores.acquire(id, sample::lease(next)).await?);
    assert_eq!(row(stores, id).await?.lease_owner, Some(next));
    Ok(())
}

/// Only the holder of the newest lease releases it, and an attempt of unknown outcome keeps it.
pub async fn only_its_holder_releases_a_lease(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    assert!(!stores.release(id, sample::holder(), 2, FREE).await?);
    assert!(!stores.release(id, holder, 1, FREE).await?);
    assert!(!stores.release(sample::integration_id(), holder, 2, FREE).await?);
    assert_eq!(row(stores, id).await?.refresh_failures, 0);

    assert!(stores.release(id, holder, 2, Release { free: false, ..FREE }).await?);
    let kept = row(stores, id).await?;
    assert!(kept.lease_until_ms > kept.now_ms);
    assert_eq!(kept.refresh_failures, 1);
    assert!(!stores.acquire(id, sample::lease(sample::holder())).await?);

    assert!(stores.release(id, holder, 2, Release { failed: false, ..FREE }).await?);
    let freed = row(stores, id).await?;
    assert_eq!((freed.lease_until_ms, freed.refresh_failures), (0, 1));
    assert!(stores.acquire(id, sample::lease(sample::holder())).await?);
    Ok(())
}

/// A closed gate holds the next refresh back, unless it is passed over.
pub async fn a_closed_gate_holds_refreshes_back(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let mut epoch = 1;
    for (gate, open) in [
        (Gate::For(HOUR), false),
        (Gate::For(Duration::ZERO), true),
        (Gate::AfterExpiry, false),
        (Gate::Open, true),
    ] {
        let holder = sample::holder();
        assert!(stores.acquire(id, LeaseRequest { ignore_gate: true, ..sample::lease(holder) }).await?);
        epoch += 1;
        assert!(stores.release(id, holder, epoch, Release { gate, ..FREE }).await?);
        let next = sample::holder();
        assert_eq!(stores.acquire(id, sample::lease(next)).await?, open, "{gate:?}");
        if open {
            epoch += 1;
            assert!(stores.release(id, next, epoch, FREE).await?);
        }
    }
    Ok(())
}

/// A gate until the expiry is open once the access token has expired, or when nobody knows when it does.
pub async fn a_gate_until_the_expiry_opens_with_it(stores: &dyn Stores) -> SuiteResult {
    let (_, id) = sample::connected(stores).await?;
    let mut secret_epoch = 1;
    for expired in [Some(-1), None] {
        let (holder, next) = (sample::holder(), sample::holder());
        assert!(stores.acquire(id, LeaseRequest { secret_epoch, ..sample::lease(holder) }).await?);
        let before = row(stores, id).await?;
        let mut renewed = sample::renewed(&before, holder, before.lease_epoch);
        renewed.access_expires_ms = expired.map(|ms| before.now_ms + ms);
        assert!(stores.save(id, renewed).await?);
        secret_epoch = before.lease_epoch;
        assert!(stores.acquire(id, LeaseRequest { secret_epoch, ..sample::lease(next) }).await?);
        let after_expiry = Release { gate: Gate::AfterExpiry, ..FREE };
        assert!(stores.release(id, next, secret_epoch + 1, after_expiry).await?);
        let probe = sample::holder();
        assert!(
            stores.acquire(id, LeaseRequest { secret_epoch, ..sample::lease(probe) }).await?,
            "{expired:?}"
        );
        assert!(stores.release(id, probe, secret_epoch + 2, FREE).await?);
    }
    Ok(())
}
