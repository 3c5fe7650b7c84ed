#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{
    ClientId, Lifecycle, Owner, ProfileId, ProfileIds, Scope, Status, StatusReason, store::Verdict,
};

use super::{
    Stores,
    sample::{self, HOUR, row},
};
use crate::suite::SuiteResult;

/// A reconnect brings a new credential and leaves every setting as it was.
pub async fn a_reconnect_replaces_the_credential_and_keeps_the_settings(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let mut new = sample::integration(&owner, &sample::google()?)?;
    new.scope = Scope::Agents(ProfileIds::new([ProfileId::new("p1")?])?);
    new.bound_profile = Some(ProfileId::new("p1")?);
    new.config = sample::awkward_config().1;
    let before = stores.insert(new).await?;
    assert!(stores.mark_expired(before.id, 1).await?);
    let dead = stores.find(&owner, before.id).await?.ok_or("gone")?;

    let mut again = sample::connection()?;
    again.client = Some(ClientId::new("client-2")?);
    again.granted = None;
    again.refreshable = false;
    assert!(stores.reconnect(&owner, before.id, 1, again.clone()).await?);
    let after = stores.find(&owner, before.id).await?.ok_or("gone")?;
    assert_eq!(
        (after.lifecycle, after.status, after.status_reason),
        (Lifecycle::Connected, Status::Valid, None)
    );
    assert!(
        after.version > dead.version,
        "{} after {}",
        after.version,
        dead.version
    );
    assert_eq!(
        (&after.client, &after.account, &after.granted),
        (&again.client, &again.account, &None)
    );
    assert_eq!(
        (&after.scope, &after.bound_profile, after.enabled),
        (&before.scope, &before.bound_profile, true)
    );
    assert_eq!(
        (&after.config, after.created_at),
        (&before.config, before.created_at)
    );
    let row = row(stores, before.id).await?;
    assert_eq!((row.secret_epoch, row.lease_epoch, row.lease_until_ms), (2, 2, 0));
    assert_eq!(
        (row.sealed, row.refreshable, row.dead_reason),
        (again.sealed.bytes, false, None)
    );
    assert_eq!((row.refresh_failures, row.next_refresh_ms), (0, 0));
    Ok(())
}

/// A verdict is written only on the token that was judged, and only a new one grows the version.
pub async fn a_verdict_is_written_only_for_the_judged_epoch(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let verdict = |status, reason, secret_epoch| Verdict {
        status,
        reason,
        secret_epoch,
    };
    let rejected = verdict(Status::Invalid, Some(StatusReason::Rejected), 1);
    assert!(
        !stores
            .set_status(
                &owner,
                id,
                Verdict {
                    secret_epoch: 2,
                    ..rejected
                }
            )
            .await?
    );
    assert!(stores.set_status(&owner, id, rejected).await?);
    let judged = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!(
        (judged.status, judged.status_reason, judged.version),
        (rejected.status, rejected.reason, 2)
    );
    assert!(judged.validated_at.is_some());
    assert_eq!(judged.lifecycle, Lifecycle::Connected);

    assert!(stores.set_status(&owner, id, rejected).await?);
    let again = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!(again.version, 2, "the same verdict is no change");
    let unknown = verdict(Status::Unknown, Some(StatusReason::Unavailable), 1);
    assert!(stores.set_status(&owner, id, unknown).await?);
    let unasked = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!((unasked.status, unasked.version), (Status::Unknown, 3));
    assert_eq!(unasked.validated_at, again.validated_at, "nobody could be asked");

    assert!(stores.mark_expired(id, 1).await?);
    assert!(
        !stores
            .set_status(&owner, id, verdict(Status::Valid, None, 1))
            .await?,
        "a dead grant stays dead"
    );
    let dead = stores.find(&owner, id).await?.ok_or("gone")?;
    assert_eq!(
        (dead.lifecycle, dead.status),
        (Lifecycle::NeedsReconnect, Status::Invalid)
    );
    Ok(())
}

/// A disconnect hides the row, frees its slot and writes one message, together and once.
pub async fn a_disconnect_hides_the_row_and_orders_its_end_once(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    let message = sample::disconnect(id);
    assert!(
        stores
            .begin_disconnect(&owner, id, message.clone(), Duration::ZERO)
            .await?
    );
    assert!(
        !stores
            .begin_disconnect(&owner, id, sample::disconnect(id), Duration::ZERO)
            .await?
    );
    let unknown = sample::integration_id();
    assert!(
        !stores
            .begin_disconnect(&owner, unknown, sample::disconnect(unknown), Duration::ZERO)
            .await?
    );
    let due = stores.claim(10, sample::holder(), HOUR).await?;
    let due: Vec<_> = due.iter().map(|item| item.message.id).collect();
    assert_eq!(due, [message.id], "only the first one wrote its message");

    assert!(stores.list(&owner, None, 10).await?.is_empty());
    let hidden = stores.find(&owner, id).await?.map(|found| found.lifecycle);
    assert_eq!(hidden, Some(Lifecycle::Disconnecting));
    let next = stores
        .insert(sample::integration(&owner, &sample::google()?)?)
        .await?;
    assert!(stores.mark_expired(next.id, 1).await?);
    let held_back = sample::disconnect(next.id);
    assert!(
        stores.begin_disconnect(&owner, next.id, held_back, HOUR).await?,
        "a dead one can go too"
    );
    assert!(
        stores.claim(10, sample::holder(), HOUR).await?.is_empty(),
        "the caller tries first"
    );
    assert_eq!(stores.of_provider(&owner, &sample::google()?).await?.len(), 2);
    Ok(())
}

/// A disconnecting row takes neither a new credential nor a verdict.
pub async fn a_disconnecting_row_is_beyond_mending(stores: &dyn Stores) -> SuiteResult {
    let (owner, id) = sample::connected(stores).await?;
    stores
        .begin_disconnect(&owner, id, sample::disconnect(id), HOUR)
        .await?;
    let before = row(stores, id).await?;
    assert!(
        !stores
            .reconnect(&owner, id, before.lease_epoch, sample::connection()?)
            .await?
    );
    let verdict = Verdict {
        status: Status::Unknown,
        reason: None,
        secret_epoch: 1,
    };
    assert!(!stores.set_status(&owner, id, verdict).await?);
    assert!(!stores.mark_expired(id, 1).await?);
    let after = row(stores, id).await?;
    assert_eq!(
        (after.lifecycle, after.status),
        (Lifecycle::Disconnecting, before.status)
    );
    assert_eq!(
        (after.sealed, after.secret_epoch),
        (before.sealed, before.secret_epoch)
    );
    Ok(())
}
