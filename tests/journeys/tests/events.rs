use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use async_trait::async_trait;
use bailee_core::{
    Actor, Counterpart, DirectoryError, Event, EventError, EventKind, EventSink, Owner, PermissionFlag,
    ProfileIds, Scope, Session, StatusReason, ThreadDirectory, ThreadId, ThreadPermissions, Transport,
    store::IntegrationChange,
};
use bailee_engine::{Bailee, BuildError, Disconnected, Timings, event_stream};
use bailee_testkit::{
    connected_by,
    mock_google::GoogleAccount,
    mock_provider::{Endpoint, Fault},
};

use crate::rig::Rig;

/// A sink that keeps what it gets, unless it is down or hangs.
#[derive(Clone, Debug)]
struct Shelf {
    name: &'static str,
    events: Arc<Mutex<Vec<Event>>>,
    down: Arc<AtomicBool>,
    hangs: bool,
}

impl Shelf {
    fn new(name: &'static str) -> Self {
        Self { name, events: Arc::default(), down: Arc::default(), hangs: false }
    }

    fn taken(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl EventSink for Shelf {
    fn name(&self) -> &str {
        self.name
    }

    async fn deliver(&self, event: &Event) -> Result<(), EventError> {
        if self.hangs {
            std::future::pending::<()>().await;
        }
        if self.down.load(Ordering::SeqCst) {
            return Err(EventError::default());
        }
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        Ok(())
    }
}

/// Every thread is everybody's.
#[derive(Debug)]
struct AnyThread;

#[async_trait]
impl ThreadDirectory for AnyThread {
    async fn owns(&self, _owner: &Owner, _thread: &ThreadId) -> Result<bool, DirectoryError> {
        Ok(true)
    }

    async fn counterpart(
        &self,
        _owner: &Owner,
        _thread: &ThreadId,
    ) -> Result<Option<Counterpart>, DirectoryError> {
        Ok(None)
    }
}

async fn told_to(shelf: &Shelf) -> anyhow::Result<Rig> {
    Rig::with(|builder| builder.event_sink(shelf.clone()).threads(AnyThread)).await
}

fn human(rig: &Rig) -> Session {
    Session { owner: rig.owner.clone(), actor: Actor::Human, transport: Transport::Cookie }
}

/// What was told since the last time.
async fn told(rig: &Rig, shelf: &Shelf) -> anyhow::Result<Vec<Event>> {
    rig.bailee.tick().await?;
    Ok(shelf.taken())
}

fn kinds(events: &[Event]) -> Vec<EventKind> {
    events.iter().map(|event| event.kind).collect()
}

#[tokio::test]
async fn every_step_of_a_life_is_told_once() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    let rig = told_to(&shelf).await?;
    let integration = rig.connect().await?;
    let events = told(&rig, &shelf).await?;
    let [event] = events.as_slice() else { anyhow::bail!("{events:?}") };
    assert_eq!((event.kind, event.reconnected), (EventKind::Connected, Some(false)));
    assert_eq!((&event.owner, event.integration), (&rig.owner, Some(integration.id)));
    assert_eq!(event.provider.as_ref(), Some(&integration.provider));

    rig.clock.advance(Duration::from_hours(2));
    rig.bailee.token(&rig.owner, "google").await?;
    assert_eq!(kinds(&told(&rig, &shelf).await?), [EventKind::Refreshed]);

    rig.mock.revoke_by_user("ada@example.test");
    rig.clock.advance(Duration::from_hours(2));
    ensure!(rig.bailee.token(&rig.owner, "google").await.is_err(), "the grant is gone");
    let events = told(&rig, &shelf).await?;
    assert_eq!(kinds(&events), [EventKind::NeedsReconnect]);
    assert_eq!(events.first().and_then(|event| event.reason), Some(StatusReason::Revoked));

    rig.connect().await?;
    let events = told(&rig, &shelf).await?;
    assert_eq!(kinds(&events), [EventKind::Connected]);
    assert_eq!(events.first().and_then(|event| event.reconnected), Some(true));

    assert_eq!(rig.bailee.disconnect(&rig.owner, "google").await?, Disconnected::Revoked);
    assert_eq!(kinds(&told(&rig, &shelf).await?), [EventKind::Disconnected]);
    assert!(told(&rig, &shelf).await?.is_empty(), "each once");
    Ok(())
}

#[tokio::test]
async fn a_change_of_scope_is_told_and_no_other_setting() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    let rig = told_to(&shelf).await?;
    let integration = rig.connect().await?;
    told(&rig, &shelf).await?;
    let nobody = Scope::Agents(ProfileIds::default());
    let narrow = IntegrationChange { scope: Some(nobody), ..IntegrationChange::default() };
    let off = IntegrationChange { enabled: Some(false), ..IntegrationChange::default() };
    let first = IntegrationChange { is_default: Some(true), ..IntegrationChange::default() };
    for (change, expected) in [
        (narrow.clone(), vec![EventKind::ScopeChanged]),
        (narrow, vec![]),
        (off.clone(), vec![EventKind::ScopeChanged]),
        (off, vec![]),
        (first, vec![]),
    ] {
        rig.bailee.update(&human(&rig), integration.id, None, change.clone()).await?;
        assert_eq!(kinds(&told(&rig, &shelf).await?), expected, "{change:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_flag_of_a_thread_is_told_when_it_turns() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    let rig = told_to(&shelf).await?;
    let thread = ThreadId::new("th_9")?;
    let meet: ThreadPermissions = [PermissionFlag::CanRequestMeetings].into_iter().collect();
    for (flags, expected) in
        [(ThreadPermissions::NONE, 0), (meet, 1), (meet, 0), (ThreadPermissions::NONE, 1)]
    {
        rig.bailee.set_thread_permissions(&human(&rig), &thread, flags, None).await?;
        let events = told(&rig, &shelf).await?;
        assert_eq!(kinds(&events), vec![EventKind::PermissionChanged; expected], "{flags:?}");
        assert!(events.iter().all(|event| event.thread.as_ref() == Some(&thread)));
    }
    Ok(())
}

#[tokio::test]
async fn a_verdict_is_told_when_it_turns() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    let rig = told_to(&shelf).await?;
    rig.connect().await?;
    told(&rig, &shelf).await?;
    ensure!(rig.bailee.validate(&rig.owner, "google").await?.is_valid);
    assert!(told(&rig, &shelf).await?.is_empty(), "it was valid before");
    rig.mock.fault(Endpoint::UserInfo, Fault::Status(401));
    for expected in [vec![EventKind::NeedsReconnect], vec![]] {
        ensure!(!rig.bailee.validate(&rig.owner, "google").await?.is_valid);
        let mut events = told(&rig, &shelf).await?;
        // A token that was refused is refreshed once.
        events.retain(|event| event.kind != EventKind::Refreshed);
        assert_eq!(kinds(&events), expected);
    }
    rig.mock.heal();
    ensure!(rig.bailee.validate(&rig.owner, "google").await?.is_valid);
    assert_eq!(kinds(&told(&rig, &shelf).await?), [EventKind::Recovered]);
    Ok(())
}

#[tokio::test]
async fn a_sink_that_is_down_gets_its_events_later_and_holds_no_other_back() -> anyhow::Result<()> {
    let (well, ill) = (Shelf::new("well"), Shelf::new("ill"));
    ill.down.store(true, Ordering::SeqCst);
    let rig = Rig::with(|builder| builder.event_sink(well.clone()).event_sink(ill.clone())).await?;
    rig.connect().await?;
    for _ in 0..3 {
        let tick = rig.bailee.tick().await?;
        assert_eq!(tick.postponed, 1);
        rig.clock.advance(Duration::from_hours(1));
    }
    let first = well.taken();
    assert_eq!(kinds(&first), [EventKind::Connected]);
    ill.down.store(false, Ordering::SeqCst);
    rig.bailee.tick().await?;
    assert_eq!(ill.taken(), first, "the same event under the same id");
    assert!(well.taken().is_empty(), "which the other one has already");
    Ok(())
}

#[tokio::test]
async fn a_sink_that_hangs_holds_no_other_back() -> anyhow::Result<()> {
    let hanging = Shelf { hangs: true, ..Shelf::new("hanging") };
    let (sink, mut stream) = event_stream("stream", 4);
    let rig = Rig::with(|builder| builder.event_sink(hanging).event_sink(sink)).await?;
    let background = rig.bailee.start();
    for kind in [EventKind::Connected, EventKind::Disconnected] {
        match kind {
            EventKind::Connected => drop(rig.connect().await?),
            _ => drop(rig.bailee.disconnect(&rig.owner, "google").await?),
        }
        let delivery = stream.recv().await.context("the stream ended")?;
        assert_eq!(delivery.event().kind, kind);
        delivery.done();
    }
    drop(background);
    Ok(())
}

#[tokio::test]
async fn an_event_that_takes_too_long_comes_again() -> anyhow::Result<()> {
    let (sink, mut stream) = event_stream("stream", 1);
    let timings = Timings::default().with_call(Duration::from_millis(50));
    let rig = Rig::with(|builder| builder.event_sink(sink).timings(timings)).await?;
    rig.connect().await?;
    assert_eq!(rig.bailee.tick().await?.postponed, 1, "nobody read");
    rig.clock.advance(Duration::from_mins(1));
    let (tick, delivery) = tokio::join!(rig.bailee.tick(), async {
        let delivery = stream.recv().await?;
        let kind = delivery.event().kind;
        delivery.done();
        Some(kind)
    });
    assert_eq!((tick?.done, delivery), (1, Some(EventKind::Connected)), "the late one is not seen twice");
    Ok(())
}

#[tokio::test]
async fn an_event_that_is_dropped_comes_again_under_its_id() -> anyhow::Result<()> {
    let (sink, mut stream) = event_stream("stream", 4);
    let rig = Rig::with(|builder| builder.event_sink(sink)).await?;
    rig.connect().await?;
    let mut ids = Vec::new();
    for done in [false, true] {
        let (tick, delivery) = tokio::join!(rig.bailee.tick(), async {
            let delivery = stream.recv().await?;
            let id = delivery.event().id;
            if done {
                delivery.done();
            }
            Some(id)
        });
        assert_eq!(tick?.done, u32::from(done));
        ids.push(delivery.context("no event")?);
        rig.clock.advance(Duration::from_mins(1));
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(rig.bailee.tick().await?.done, 0, "it was taken");
    Ok(())
}

#[tokio::test]
async fn a_revocation_that_is_given_up_is_told() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    let rig = told_to(&shelf).await?;
    let integration = rig.connect().await?;
    told(&rig, &shelf).await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503));
    assert_eq!(rig.bailee.disconnect(&rig.owner, integration.id).await?, Disconnected::Pending);
    assert_eq!(kinds(&told(&rig, &shelf).await?), [EventKind::Disconnected]);
    rig.clock.advance(Duration::from_hours(25));
    rig.bailee.tick().await?;
    let events = told(&rig, &shelf).await?;
    let [event] = events.as_slice() else { anyhow::bail!("{events:?}") };
    assert_eq!((event.kind, event.integration), (EventKind::RevocationFailed, Some(integration.id)));
    Ok(())
}

#[tokio::test]
async fn an_unused_grant_that_cannot_be_revoked_is_told_without_an_integration() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    let rig = told_to(&shelf).await?;
    rig.mock.add_account(GoogleAccount::new("2222", "bob@example.test"));
    rig.connect().await?;
    told(&rig, &shelf).await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503));
    let choose_bob = |page: &url::Url| Ok(rig.mock.consent(page).account("bob@example.test").allow()?);
    ensure!(connected_by(&rig.bailee, &rig.owner, "google", choose_bob).await.is_err());
    rig.clock.advance(Duration::from_hours(25));
    let mut events = told(&rig, &shelf).await?;
    events.extend(told(&rig, &shelf).await?);
    events.retain(|event| event.kind != EventKind::Refreshed);
    let [event] = events.as_slice() else { anyhow::bail!("{events:?}") };
    assert_eq!((event.kind, event.integration), (EventKind::RevocationFailed, None));
    assert_eq!(event.provider.as_ref().map(AsRef::as_ref), Some("google"));
    Ok(())
}

#[tokio::test]
async fn after_a_day_an_event_is_given_up() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    shelf.down.store(true, Ordering::SeqCst);
    let rig = told_to(&shelf).await?;
    rig.connect().await?;
    assert_eq!(rig.bailee.tick().await?.postponed, 1);
    rig.clock.advance(Duration::from_hours(25));
    rig.bailee.tick().await?;
    assert!(rig.store.events("shelf").is_empty());
    Ok(())
}

#[tokio::test]
async fn events_of_a_sink_that_nobody_has_go_after_a_week() -> anyhow::Result<()> {
    let shelf = Shelf::new("shelf");
    let rig = told_to(&shelf).await?;
    rig.connect().await?;
    let other = rig.process(test_support::google(&rig.mock)?)?;
    rig.clock.advance(Duration::from_hours(24 * 6));
    other.tick().await?;
    assert_eq!(rig.store.events("shelf").len(), 1, "another process may have the sink");
    rig.clock.advance(Duration::from_hours(25));
    assert!(other.tick().await?.reaped > 0);
    assert!(rig.store.events("shelf").is_empty());
    Ok(())
}

#[tokio::test]
async fn two_sinks_of_one_name_are_refused() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let builder = || -> anyhow::Result<_> {
        Ok(Bailee::builder(rig.store.clone(), rig.keys.clone()).base_url("https://backend.example".parse()?))
    };
    let twice = builder()?.event_sink(Shelf::new("one")).event_sink(Shelf::new("one")).build();
    assert!(matches!(twice, Err(BuildError::DuplicateSink { .. })));
    let blank = builder()?.event_sink(Shelf::new("a b")).build();
    assert!(matches!(blank, Err(BuildError::InvalidName(_))));
    Ok(())
}
