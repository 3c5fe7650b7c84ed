#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{
    ClientId, Lifecycle, Owner, ProfileId, ProfileIds, Scope, Status, StatusReason,
    store::{Gate, LeaseRequest, Release, Verdict},
};

use super::{
    Stores,
    sample::{self, HOUR, row},
};
use crate::suite::SuiteResult;

/// A reconnect mends the record and leaves every setting as it was.
pub async fn a_reconnect_keeps_the_settings(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let mut new = sample::integration(&owner, &sample::google()?)?;
    new.scope = Scope::Agents(ProfileIds::new([ProfileId::new("p1")?])?);
    new.bound_profile = Some(ProfileId::new("p1")?);
    new.config = sample::awkward_config().1;
    let before = stores.insert(new).await?;
    assert!(stores.mark_expired(before.id, 1, None).await?);
    let dead = stores.find(&owner, before.id).await?.ok_or("gone")?;

    let mut again = sample::connection()?;
    again.client = Some(ClientId::new("client-2")?);
    again.granted = None;
    assert!(stores.reconnect(&owner, before.id, 1, again.clone()).await?);
    let after = stores.find(&owner, before.id).await?.ok_or("gone")?;
    assert_eq!((after.lifecycle, after.status), (Lifecycle::Connected, Status::Valid));
    assert_eq!(after.status_reason, None);
    assert!(after.version > dead.version, "{} after {}", after.version, dead.version);
    assert_eq!((after.client, after.account), (again.client, again.account));
    assert_eq!((after.requested, after.granted), (again.requested, None));
    assert_eq!((after.scope, after.bound_profile), (before.scope, before.bound_profile));
    assert_eq!((after.config, after.enabled), (before.config, true));
    assert_eq!(after.created_at, before.created_at);
    Ok(())
}

/// A reconnect replaces the credential, and everything that was held against the old one.
pub async fn a_reconnect_begins_anew(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let holder = sample::holder();
    assert!(stores.acquire(id, sample::lease(holder)).await?);
    let gate = Gate::For(HOUR);
    let failed = Release { free: true, failed: true, gate };
    assert!(stores.release(id, holder, 2, failed).await?);
    assert!(stores.mark_expired(id, 1, None).await?);

    let mut again = sample::connection()?;
    again.refreshable = false;
    again.expires_in = None;
    assert!(stores.reconnect(&owner, id, 2, again.clone()).await?);
    let row = row(stores, id).await?;
    assert_eq!((row.secret_epoch, row.lease_epoch, row.lease_until_ms), (3, 3, 0));
    assert_eq!((row.sealed, row.refreshable), (again.sealed.bytes, false));
    assert_eq!((row.access_expires_ms, row.access_lifetime_ms), (None, None));
    assert_eq!((row.refresh_failures, row.dead_reason), (0, None));
    let request = LeaseRequest { secret_epoch: 3, ..sample::lease(sample::holder()) };
    assert!(stores.acquire(id, request).await?, "the gate is open");
    Ok(())
}

/// A verdict is written only on the token that was judged, while its grant lives.
pub async fn a_verdict_is_written_only_for_the_judged_epoch(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let rejected = Verdict { status: Status::Invalid, reason: Some(StatusReason::Rejected), secret_epoch: 1 };
    let newer = Verdict { secret_epoch: 2, ..rejected };
    assert!(!stores.set_status(&owner, id, newer, None).await?);
    let before = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((before.status, before.version), (Status::Valid, 1));
    assert!(stores.set_status(&owner, id, rejected, None).await?);
    let judged = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((judged.status, judged.status_reason), (rejected.status, rejected.reason));
    assert_eq!((judged.lifecycle, judged.version), (Lifecycle::Connected, 2));

    assert!(stores.mark_expired(id, 1, None).await?);
    let valid = Verdict { status: Status::Valid, reason: None, secret_epoch: 1 };
    assert!(!stores.set_status(&owner, id, valid, None).await?, "a dead grant stays dead");
    let dead = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((dead.lifecycle, dead.status), (Lifecycle::NeedsReconnect, Status::Invalid));
    Ok(())
}

/// Only a new verdict grows the version, and only one that a provider gave has a moment.
pub async fn a_verdict_has_a_moment_when_somebody_was_asked(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let unasked =
        Verdict { status: Status::Unknown, reason: Some(StatusReason::Unavailable), secret_epoch: 1 };
    let valid = Verdict { status: Status::Valid, reason: None, secret_epoch: 1 };
    let first = stores.find(&owner, id).await?.ok_or("gone")?;
    assert!(stores.set_status(&owner, id, unasked, None).await?);
    let unknown = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((unknown.version, unknown.validated_at), (2, first.validated_at));
    assert!(stores.set_status(&owner, id, valid, None).await?);
    let asked = stores.find(&owner, id).await?.ok_or("gone")?;
    assert!(asked.validated_at.is_some());
    assert!(stores.set_status(&owner, id, valid, None).await?);
    let again = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((asked.version, again.version), (3, 3), "the same verdict is no change");
    assert!(stores.set_status(&owner, id, unasked, None).await?);
    let last = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((last.status, last.version), (Status::Unknown, 4));
    assert_eq!(last.validated_at, again.validated_at, "nobody could be asked");
    Ok(())
}

/// A disconnect hides the row, frees its slot and writes one message, together and once.
pub async fn a_disconnect_hides_the_row_and_orders_its_end_once(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let message = sample::disconnect(id);
    assert!(stores.begin_disconnect(&owner, id, message.clone(), Duration::ZERO, None).await?);
    assert!(!stores.begin_disconnect(&owner, id, sample::disconnect(id), Duration::ZERO, None).await?);
    let unknown = sample::integration_id();
    assert!(
        !stores.begin_disconnect(&owner, unknown, sample::disconnect(unknown), Duration::ZERO, None).await?
    );
    let due = stores.claim(10, sample::holder(), HOUR).await?;
    let due: Vec<_> = due.iter().map(|item| item.message.id).collect();
    assert_eq!(due, [message.id], "only the first one wrote its message");

    assert!(stores.list(&owner, None, 10).await?.is_empty());
    let hidden = stores.find(&owner, id).await?.map(|found| found.lifecycle);
    assert_eq!(hidden, Some(Lifecycle::Disconnecting));
    let next = stores.insert(sample::integration(&owner, &sample::google()?)?).await?;
    assert!(stores.mark_expired(next.id, 1, None).await?);
    let held_back = sample::disconnect(next.id);
    assert!(stores.begin_disconnect(&owner, next.id, held_back, HOUR, None).await?, "a dead one can go too");
    assert!(stores.claim(10, sample::holder(), HOUR).await?.is_empty(), "the caller tries first");
    assert_eq!(stores.of_provider(&owner, &sample::google()?).await?.len(), 2);
    Ok(())
}

/// A disconnecting row takes neither a new credential nor a verdict.
pub async fn a_disconnecting_row_is_beyond_mending(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    stores.begin_disconnect(&owner, id, sample::disconnect(id), HOUR, None).await?;
    let before = row(stores, id).await?;
    assert!(!stores.reconnect(&owner, id, before.lease_epoch, sample::connection()?).await?);
    let verdict = Verdict { status: Status::Unknown, reason: None, secret_epoch: 1 };
    assert!(!stores.set_status(&owner, id, verdict, None).await?);
    assert!(!stores.mark_expired(id, 1, None).await?);
    let after = row(stores, id).await?;
    assert_eq!((after.lifecycle, after.status), (Lifecycle::Disconnecting, before.status));
    assert_eq!((after.sealed, after.secret_epoch), (before.sealed, before.secret_epoch));
    Ok(())
}
