#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::{collections::HashSet, time::Duration};

use chrono::DateTime;
use futures_util::future::join_all;

use bailee_core::{
    Announcement, Event, EventId, EventKind, IntegrationId, Owner, SinkName, Status, StatusReason, ThreadId,
    ThreadPermissions,
    store::{Connection, DisconnectOrder, IntegrationChange, LeaseRequest, Renewed, RevokeFilter, Verdict},
};

use super::{
    Stores,
    sample::{self, HOUR},
};
use crate::suite::{SuiteError, SuiteResult};

/// The one sink of most of these.
const SINK: &str = "queue";

fn sink(name: &str) -> Result<SinkName, SuiteError> {
    Ok(SinkName::new(name)?)
}

fn announcement(owner: &Owner, kind: EventKind, sinks: &[&str]) -> Result<Announcement, SuiteError> {
    let event = Event {
        id: EventId::from(*sample::outbox_id().as_uuid()),
        kind,
        at: DateTime::UNIX_EPOCH,
        owner: owner.clone(),
        provider: Some(sample::google()?),
        integration: Some(sample::integration_id()),
        thread: Some(ThreadId::new("th 🦀")?),
        reason: Some(StatusReason::OutcomeLost),
        reconnected: Some(true),
    };
    Ok(Announcement { event, sinks: sinks.iter().map(|name| sink(name)).collect::<Result<_, _>>()? })
}

/// Of what is announced here only the kind matters.
fn told(owner: &Owner, kind: EventKind) -> Result<Announcement, SuiteError> {
    announcement(owner, kind, &[SINK])
}

/// The events that wait, which are then gone.
async fn taken(stores: &dyn Stores, name: &str) -> Result<Vec<Event>, SuiteError> {
    let name = sink(name)?;
    let items = stores.claim_events(&name, 100, sample::holder(), HOUR).await?;
    for item in &items {
        stores.complete_event(&name, item.event.id).await?;
    }
    Ok(items.into_iter().map(|item| item.event).collect())
}

async fn kinds(stores: &dyn Stores) -> Result<Vec<EventKind>, SuiteError> {
    Ok(taken(stores, SINK).await?.into_iter().map(|event| event.kind).collect())
}

/// An event waits for each of its sinks, as it was written, until that sink has it.
pub async fn an_event_waits_for_each_of_its_sinks(stores: &dyn Stores) -> SuiteResult {
    for owner in [Owner::user("u1")?, Owner::member("org 🦀", "u/1")?] {
        let announced = announcement(&owner, EventKind::NeedsReconnect, &["a", "b"])?;
        stores.announce(&announced).await?;
        stores.announce(&announced).await?;
        assert!(taken(stores, "c").await?.is_empty(), "another sink");
        assert_eq!(taken(stores, "a").await?, std::slice::from_ref(&announced.event));
        assert!(taken(stores, "a").await?.is_empty(), "it has it");
        assert_eq!(taken(stores, "b").await?, [announced.event]);
    }
    Ok(())
}

/// No two workers have one event of one sink at a time.
pub async fn an_event_is_claimed_by_one_worker(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let name = sink(SINK)?;
    let mut written = HashSet::new();
    for _ in 0..12 {
        let announced = told(&owner, EventKind::Refreshed)?;
        written.insert(announced.event.id);
        stores.announce(&announced).await?;
    }
    let mut claimed = Vec::new();
    for items in join_all((0..6).map(|_| stores.claim_events(&name, 4, sample::holder(), HOUR))).await {
        let items = items?;
        assert!(items.len() <= 4, "as many as were asked for");
        claimed.extend(items.into_iter().map(|item| item.event.id));
    }
    // A store may give parallel workers less than there is, but not for ever.
    for _ in 0..12 {
        let items = stores.claim_events(&name, 4, sample::holder(), HOUR).await?;
        claimed.extend(items.into_iter().map(|item| item.event.id));
    }
    assert_eq!(claimed.len(), 12, "each once");
    assert_eq!(claimed.into_iter().collect::<HashSet<_>>(), written);
    Ok(())
}

/// An event that was given back comes again after its delay, and so does one whose claim lapsed.
pub async fn a_postponed_event_comes_back(stores: &dyn Stores) -> SuiteResult {
    let (name, owner) = (sink(SINK)?, Owner::user("u1")?);
    let announced = told(&owner, EventKind::Connected)?;
    let id = announced.event.id;
    stores.announce(&announced).await?;
    let (lost, next) = (sample::holder(), sample::holder());
    for (claim, duration) in [(lost, Duration::ZERO), (next, HOUR)] {
        let items = stores.claim_events(&name, 9, claim, duration).await?;
        assert_eq!(items.iter().map(|item| (item.event.id, item.attempts)).collect::<Vec<_>>(), [(id, 0)]);
        assert!(items.iter().all(|item| (0..3_600_000).contains(&item.age_ms)));
    }
    assert!(!stores.postpone_event(&name, id, lost, Duration::ZERO).await?, "its claim lapsed");
    assert!(stores.claim_events(&name, 9, sample::holder(), HOUR).await?.is_empty(), "it is taken");
    assert!(!stores.postpone_event(&sink("other")?, id, next, Duration::ZERO).await?, "another sink's");
    assert!(stores.postpone_event(&name, id, next, Duration::ZERO).await?);
    assert!(!stores.postpone_event(&name, id, next, Duration::ZERO).await?, "given back already");
    let again = stores.claim_events(&name, 9, next, HOUR).await?;
    assert_eq!(again.iter().map(|item| item.attempts).collect::<Vec<_>>(), [1]);
    assert!(stores.postpone_event(&name, id, next, HOUR).await?);
    assert!(stores.claim_events(&name, 9, sample::holder(), HOUR).await?.is_empty(), "not yet");
    Ok(())
}

/// Events that no process took in all that time are removed, so many at once.
pub async fn events_that_nobody_takes_are_reaped(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    for _ in 0..3 {
        stores.announce(&told(&owner, EventKind::Refreshed)?).await?;
    }
    assert_eq!(stores.reap_unclaimed_events(HOUR, 10).await?, 0, "they are young");
    assert_eq!(stores.reap_unclaimed_events(Duration::ZERO, 2).await?, 2);
    assert_eq!(stores.reap_unclaimed_events(Duration::ZERO, 10).await?, 1);
    assert!(taken(stores, SINK).await?.is_empty());
    Ok(())
}

async fn connected(stores: &dyn Stores, owner: &Owner) -> Result<IntegrationId, SuiteError> {
    Ok(stores.insert(sample::integration(owner, &sample::google()?)?).await?.id)
}

/// What is announced with a change is there when the change is.
pub async fn a_change_and_its_announcement_are_written_together(stores: &dyn Stores) -> SuiteResult {
    use EventKind::{
        Connected, Disconnected, NeedsReconnect, PermissionChanged, RevocationFailed, ScopeChanged,
    };
    let owner = Owner::user("u1")?;
    let mut new = sample::integration(&owner, &sample::google()?)?;
    new.connection.announcement = Some(told(&owner, Connected)?);
    let id = stores.insert(new).await?.id;
    assert_eq!(kinds(stores).await?, [Connected]);
    assert!(stores.mark_expired(id, 1, Some(&told(&owner, NeedsReconnect)?)).await?);
    assert_eq!(kinds(stores).await?, [NeedsReconnect]);
    let announcement = Some(told(&owner, Connected)?);
    let again = Connection { announcement, ..sample::connection()? };
    assert!(stores.reconnect(&owner, id, 1, again).await?);
    assert_eq!(kinds(stores).await?, [Connected]);
    let holder = sample::holder();
    assert!(stores.acquire(id, LeaseRequest { secret_epoch: 2, ..sample::lease(holder) }).await?);
    let announcement = told(&owner, NeedsReconnect)?;
    assert!(stores.mark_dead(id, 2, holder, 3, StatusReason::Revoked, Some(&announcement)).await?);
    assert_eq!(kinds(stores).await?, [NeedsReconnect]);
    let version = stores.find(&owner, id).await?.ok_or("gone")?.version;
    let off = IntegrationChange { enabled: Some(false), ..IntegrationChange::default() };
    assert!(stores.update(&owner, id, version, off, Some(&told(&owner, ScopeChanged)?)).await?.is_some());
    assert_eq!(kinds(stores).await?, [ScopeChanged]);
    let (order, announcement) = (sample::disconnect(id), told(&owner, Disconnected)?);
    assert!(stores.begin_disconnect(&owner, id, order, HOUR, Some(&announcement)).await?);
    assert_eq!(kinds(stores).await?, [Disconnected]);
    assert!(stores.erase(id, None, Some(&told(&owner, RevocationFailed)?)).await?);
    assert_eq!(kinds(stores).await?, [RevocationFailed]);
    let thread = ThreadId::new("th1")?;
    for version in [Some(0), Some(1), None] {
        let announcement = told(&owner, PermissionChanged)?;
        let flags = ThreadPermissions::NONE;
        assert!(
            stores.set_thread_grant(&owner, &thread, flags, version, Some(&announcement)).await?.is_some()
        );
        assert_eq!(kinds(stores).await?, [PermissionChanged]);
    }
    Ok(())
}

/// What was not written is not announced.
pub async fn what_was_not_written_is_not_announced(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let id = connected(stores, &owner).await?;
    let row = stores.read(id).await?.ok_or("gone")?;
    let announcement = told(&owner, EventKind::Refreshed)?;
    let some = Some(&announcement);
    let mut second = sample::integration(&owner, &sample::google()?)?;
    second.connection.announcement = some.cloned();
    assert!(stores.insert(second).await.is_err(), "its slot is taken");
    let again = Connection { announcement: some.cloned(), ..sample::connection()? };
    assert!(!stores.reconnect(&owner, id, 9, again).await?);
    let verdict = Verdict { status: Status::Invalid, reason: None, secret_epoch: 9 };
    assert!(!stores.set_status(&owner, id, verdict, some).await?);
    assert!(stores.update(&owner, id, 9, IntegrationChange::default(), some).await?.is_none());
    assert!(!stores.mark_expired(id, 9, some).await?);
    assert!(!stores.mark_dead(id, 1, sample::holder(), 1, StatusReason::Revoked, some).await?);
    assert!(!stores.erase(id, None, some).await?);
    let unknown = sample::integration_id();
    assert!(!stores.begin_disconnect(&owner, unknown, sample::disconnect(unknown), HOUR, some).await?);
    let stale = Renewed {
        refreshed: some.cloned(),
        recovered: some.cloned(),
        ..sample::renewed(&row, sample::holder(), 1)
    };
    assert!(!stores.save(id, stale).await?);
    let thread = ThreadId::new("th1")?;
    assert!(
        stores.set_thread_grant(&owner, &thread, ThreadPermissions::NONE, Some(9), some).await?.is_none()
    );
    assert!(kinds(stores).await?.is_empty());
    Ok(())
}

/// What was hidden in bulk is announced with the order to end it, once, however many processes order it.
pub async fn what_was_hidden_in_bulk_is_announced_with_its_order(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let id = connected(stores, &owner).await?;
    stores.hide_matching(&RevokeFilter { owner: Some(owner.clone()), ..RevokeFilter::default() }).await?;
    let order = || {
        let announcement = Some(told(&owner, EventKind::Disconnected)?);
        Ok::<_, SuiteError>(DisconnectOrder { message: sample::disconnect(id), delay: HOUR, announcement })
    };
    let (first, second) = (order()?, order()?);
    let second = DisconnectOrder { message: first.message.clone(), ..second };
    assert!(stores.order_disconnects(vec![first]).await?);
    assert!(!stores.order_disconnects(vec![second]).await?);
    assert_eq!(kinds(stores).await?, [EventKind::Disconnected]);
    Ok(())
}

/// An event is in the backlog, once for each of its sinks, until its sink has it.
pub async fn events_that_wait_are_in_the_backlog(stores: &dyn Stores) -> SuiteResult {
    let announcement = told(&Owner::user("u1")?, EventKind::Refreshed)?;
    stores.announce(&announcement).await?;
    let backlog = stores.backlog().await?;
    assert_eq!(backlog.waiting, announcement.sinks.len() as u64);
    assert!(backlog.overdue.is_some(), "nobody has taken it");
    for sink in &announcement.sinks {
        stores.complete_event(sink, announcement.event.id).await?;
    }
    assert_eq!(stores.backlog().await?.waiting, 0);
    Ok(())
}

/// A verdict is announced when the status changes, and not when it is said again.
pub async fn a_verdict_is_announced_when_the_status_changes(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let id = connected(stores, &owner).await?;
    let invalid = Verdict { status: Status::Invalid, reason: Some(StatusReason::Rejected), secret_epoch: 1 };
    let because = Verdict { reason: Some(StatusReason::Revoked), ..invalid };
    let valid = Verdict { status: Status::Valid, reason: None, secret_epoch: 1 };
    for (verdict, announced) in
        [(valid, false), (invalid, true), (invalid, false), (because, false), (valid, true), (valid, false)]
    {
        let announcement = told(&owner, EventKind::Recovered)?;
        assert!(stores.set_status(&owner, id, verdict, Some(&announcement)).await?, "{verdict:?}");
        assert_eq!(kinds(stores).await?.len(), usize::from(announced), "{verdict:?}");
    }
    Ok(())
}

/// A save announces that the token was renewed, or that the row recovered; of a row that goes away, nothing.
pub async fn a_save_announces_what_became_of_the_row(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let id = connected(stores, &owner).await?;
    let renewed = |epoch| {
        let (refreshed, recovered) =
            (told(&owner, EventKind::Refreshed)?, told(&owner, EventKind::Recovered)?);
        Ok::<_, SuiteError>((Some(refreshed), Some(recovered), epoch))
    };
    for (epoch, dead, expected) in [(2, false, EventKind::Refreshed), (3, true, EventKind::Recovered)] {
        let holder = sample::holder();
        assert!(stores.acquire(id, LeaseRequest { secret_epoch: epoch - 1, ..sample::lease(holder) }).await?);
        if dead {
            assert!(stores.mark_dead(id, epoch - 1, holder, epoch, StatusReason::Revoked, None).await?);
        }
        let row = stores.read(id).await?.ok_or("gone")?;
        let (refreshed, recovered, epoch) = renewed(epoch)?;
        let renewed = Renewed { refreshed, recovered, ..sample::renewed(&row, holder, epoch) };
        assert!(stores.save(id, renewed.clone()).await?);
        assert_eq!(kinds(stores).await?, [expected]);
        assert!(!stores.save(id, renewed).await?, "the same write again");
        assert!(kinds(stores).await?.is_empty());
    }
    let holder = sample::holder();
    assert!(stores.acquire(id, LeaseRequest { secret_epoch: 3, ..sample::lease(holder) }).await?);
    assert!(stores.begin_disconnect(&owner, id, sample::disconnect(id), HOUR, None).await?);
    let row = stores.read(id).await?.ok_or("gone")?;
    let (refreshed, recovered, epoch) = renewed(4)?;
    let late = Renewed { refreshed, recovered, ..sample::renewed(&row, holder, epoch) };
    assert!(stores.save(id, late).await?);
    assert!(kinds(stores).await?.is_empty());
    Ok(())
}
