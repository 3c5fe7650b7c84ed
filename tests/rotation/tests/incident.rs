//! A provider was broken into: everything of it goes.

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use bailee_core::{
    Action, IncidentStore as _, IntegrationStore as _, Outcome, Owner, ProviderKey,
    store::{LedgerFilter, Matching, RevokeFilter, Store},
};
use bailee_engine::{Bailee, Disconnected, Error, RevokeProgress, RevokedAll, TokenError};
use bailee_storage::SqlStore;
use bailee_testkit::{
    MemoryStore, MockClock, MockGoogle, connected,
    mock_provider::{Endpoint, Fault},
};
use rotation_tests::{Keys, fill};
use test_support::{each_engine, google, key_ring};
use tokio::{runtime::Handle, task::block_in_place};

fn of_google() -> anyhow::Result<RevokeFilter> {
    Ok(RevokeFilter { provider: Some(ProviderKey::new("google")?), ..RevokeFilter::default() })
}

/// A host whose one clock is the test's.
struct Rig {
    mock: MockGoogle,
    clock: MockClock,
    store: MemoryStore,
    bailee: Bailee,
    owners: Vec<Owner>,
}

impl Rig {
    async fn new() -> anyhow::Result<Self> {
        let (mock, clock) = (MockGoogle::start().await?, MockClock::new());
        let store = MemoryStore::new(Arc::new(clock.clone()));
        let bailee = test_support::host(store.clone(), &mock)?.build()?;
        let owners = ["u1", "u2", "u3"].map(Owner::user).into_iter().collect::<Result<Vec<_>, _>>()?;
        for owner in &owners {
            connect(&bailee, &mock, owner).await?;
        }
        Ok(Self { mock, clock, store, bailee, owners })
    }
}

async fn connect(bailee: &Bailee, mock: &MockGoogle, owner: &Owner) -> anyhow::Result<()> {
    connected(bailee, mock, owner, "google").await.map(drop).map_err(anyhow::Error::from_boxed)
}

async fn none_usable(bailee: &Bailee, owners: &[Owner]) -> anyhow::Result<()> {
    for owner in owners {
        let told = bailee.token(owner, "google").await.err();
        ensure!(told == Some(TokenError::NotConnected), "{owner}: {told:?}");
    }
    Ok(())
}

async fn lines(bailee: &Bailee, owner: &Owner, action: Action) -> anyhow::Result<usize> {
    let lines = bailee.ledger(owner, &LedgerFilter::default(), None, 100).await?;
    Ok(lines.iter().filter(|line| (line.action, line.outcome) == (action, Outcome::Ok)).count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_none_is_usable_after_the_first_commit_and_each_has_its_outcome() -> anyhow::Result<()>
{
    let (mock, keys) = (MockGoogle::start().await?, Keys::generate()?);
    let store = SqlStore::open("sqlite::memory:").await?;
    store.migrate().await?;
    let owners = fill(&store, &keys.only_old()?, 1_000).await?;
    let bailee = host(store, keys.only_old()?, &mock)?;
    // Every third; a provider that always failed would not be asked any more.
    for turn in 0..333 {
        mock.fault(Endpoint::Revoke, Fault::Status(503)).once().after(2 * turn);
    }

    let (mut at_commit, mut rows) = (None, Vec::new());
    let sum = bailee
        .revoke_all(&of_google()?, None, |far| match far {
            RevokeProgress::Hidden { hidden, total } => {
                let usable = block_in_place(|| Handle::current().block_on(none_usable(&bailee, &owners)));
                at_commit = Some((hidden, total, usable.is_ok(), mock.count_of(Endpoint::Revoke)));
            }
            RevokeProgress::Row(row) => rows.push((row.owner, row.outcome)),
            _ => {}
        })
        .await?;
    ensure!(at_commit == Some((1_000, 1_000, true, 0)), "{at_commit:?}");
    let expected = RevokedAll { hidden: 1_000, revoked: 667, pending: 333, ..RevokedAll::default() };
    ensure!(sum == expected, "{sum:?}");
    let told: BTreeSet<&Owner> = rows.iter().map(|(owner, _)| owner).collect();
    ensure!(rows.len() == 1_000 && told.len() == 1_000, "each has one outcome");

    let again = bailee.revoke_all(&of_google()?, None, |_| ()).await?;
    ensure!(again == RevokedAll { revoked: 333, ..RevokedAll::default() }, "it goes on: {again:?}");
    ensure!(bailee.count_matching(&of_google()?).await? == Matching::default());
    for (owner, _) in rows.iter().step_by(100) {
        ensure!(lines(&bailee, owner, Action::Disconnect).await? == 1, "{owner} has not one line");
    }
    ensure!(lines(&bailee, &Bailee::operator()?, Action::RevokeAll).await? == 2);
    Ok(())
}

fn host(store: impl Store, keys: bailee_vault::KeyRing, mock: &MockGoogle) -> anyhow::Result<Bailee> {
    Ok(Bailee::builder(store, keys)
        .base_url("https://backend.example".parse()?)
        .provider(google(mock)?)
        .build()?)
}

#[tokio::test]
async fn what_matches_goes_and_the_rest_works_on_on_every_engine() -> anyhow::Result<()> {
    each_engine(async |database| {
        let (mock, store) = (MockGoogle::start().await?, database.store().await?);
        let bailee = host(store, key_ring()?, &mock)?;
        let [gone, stays] = [Owner::member("org_1", "u1")?, Owner::member("org_2", "u1")?];
        for owner in [&gone, &stays] {
            connect(&bailee, &mock, owner).await?;
        }
        let filter = RevokeFilter { organization: gone.organization().cloned(), ..RevokeFilter::default() };
        ensure!(bailee.count_matching(&filter).await? == Matching { there: 1, leaving: 0 });
        let sum = bailee.revoke_all(&filter, NonZeroU32::new(1_000), |_| ()).await?;
        // Both are one account at the provider: its grant ends with the last of them.
        ensure!(sum == RevokedAll { hidden: 1, shared: 1, ..RevokedAll::default() }, "{sum:?}");
        none_usable(&bailee, std::slice::from_ref(&gone)).await?;
        bailee.token(&stays, "google").await?;
        let sum = bailee.revoke_all(&of_google()?, None, |_| ()).await?;
        ensure!(sum == RevokedAll { hidden: 1, revoked: 1, ..RevokedAll::default() }, "{sum:?}");
        ensure!(mock.live_grants() == 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_process_that_dies_after_the_first_commit_loses_nothing() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    ensure!(rig.store.hide_matching(&of_google()?).await? == 3);
    ensure!(rig.store.messages().is_empty());
    none_usable(&rig.bailee, &rig.owners).await?;
    rig.bailee.tick().await?;
    ensure!(rig.store.messages().len() == 3, "a worker orders what is left");
    rig.bailee.tick().await?;
    ensure!(rig.store.messages().len() == 3, "and orders it once");
    rig.clock.advance(Duration::from_mins(1));
    ensure!(rig.bailee.tick().await?.done == 3);
    ensure!(rig.mock.live_grants() == 0);
    for owner in &rig.owners {
        ensure!(lines(&rig.bailee, owner, Action::Disconnect).await? == 1);
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_revoked_now_is_revoked_by_a_worker() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    rig.mock.fault(Endpoint::Revoke, Fault::Status(503)).times(3);
    let sum = rig.bailee.revoke_all(&of_google()?, None, |_| ()).await?;
    ensure!(sum.pending + sum.shared + sum.revoked == 3 && sum.pending > 0, "{sum:?}");
    rig.clock.advance(Duration::from_hours(1));
    rig.bailee.tick().await?;
    ensure!(rig.mock.live_grants() == 0 && rig.store.messages().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_process_that_does_not_offer_the_provider_leaves_it_to_those_that_do() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let other = Bailee::builder(rig.store.clone(), key_ring()?)
        .base_url("https://backend.example".parse()?)
        .build()?;
    let outcomes = Mutex::new(Vec::new());
    other
        .revoke_all(&of_google()?, None, |far| {
            if let (RevokeProgress::Row(row), Ok(mut outcomes)) = (far, outcomes.lock()) {
                outcomes.push(row.outcome);
            }
        })
        .await?;
    ensure!(outcomes.into_inner().ok().context("the outcomes")? == [Disconnected::Pending; 3]);
    none_usable(&rig.bailee, &rig.owners).await?;
    ensure!(rig.mock.live_grants() > 0, "nothing was erased that was not revoked");
    rig.clock.advance(Duration::from_mins(1));
    rig.bailee.tick().await?;
    ensure!(rig.mock.live_grants() == 0);
    Ok(())
}

#[tokio::test]
async fn a_new_connect_is_spared_and_an_empty_filter_refused() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let empty = rig.bailee.revoke_all(&RevokeFilter::default(), None, |_| ()).await;
    ensure!(matches!(empty, Err(Error::Invalid { field: "filter", .. })), "{empty:?}");
    rig.clock.advance(Duration::from_hours(1));
    let [renewed, ..] = rig.owners.as_slice() else { anyhow::bail!("no owners") };
    connect(&rig.bailee, &rig.mock, renewed).await?;
    let breach = bailee_core::Clock::now(&rig.clock) - chrono::TimeDelta::minutes(30);
    let filter = RevokeFilter { connected_before: Some(breach), ..of_google()? };
    let sum = rig.bailee.revoke_all(&filter, None, |_| ()).await?;
    ensure!(sum.hidden == 2, "{sum:?}");
    ensure!(rig.store.list(renewed, None, 10).await?.len() == 1, "it was connected again since");
    Ok(())
}
