//! Keys change while the hosts go on.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, ensure};
use bailee_core::{
    Caller, ExposeSecret as _, KeyId, Owner, Scope, SecretName, SecretString, Vault, VaultError,
};
use bailee_engine::{Bailee, ConnectOptions, Disconnected, Rewrapped, TokenError};
use bailee_storage::SqlStore;
use bailee_testkit::{MockGoogle, connected};
use rotation_tests::{Interrupted, Keys, all_read, fill};
use test_support::{Engine, TestDatabase, each_engine, each_of, google, person};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    runtime::Handle,
    task::block_in_place,
};

/// A page of a rewrap, which is written or not at all.
const PAGE: u32 = 1_000;

/// More than two pages.
const ROWS: u32 = 2 * PAGE + 250;

fn host(store: SqlStore, vault: impl Vault + 'static, mock: &MockGoogle) -> anyhow::Result<Bailee> {
    Ok(Bailee::builder(store, vault)
        .base_url("https://backend.example".parse()?)
        .provider(google(mock)?)
        .build()?)
}

async fn connect(bailee: &Bailee, mock: &MockGoogle, owner: &Owner) -> anyhow::Result<()> {
    connected(bailee, mock, owner, "google").await.map(drop).map_err(anyhow::Error::from_boxed)
}

/// Reads every row until told to stop, and returns how many reads there were.
async fn read_on(bailee: Bailee, owners: Vec<Owner>, stop: Arc<AtomicBool>) -> anyhow::Result<u32> {
    let mut reads = 0;
    while !stop.load(Ordering::SeqCst) {
        all_read(&bailee, &owners).await?;
        reads += u32::try_from(owners.len())?;
    }
    Ok(reads)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_under_load_fails_no_read_and_leaves_no_record_of_the_old_key() -> anyhow::Result<()> {
    each_engine(async |database| {
        let (mock, keys, store) = (MockGoogle::start().await?, Keys::generate()?, database.store().await?);
        let owners = fill(&store, &keys.only_old()?, ROWS).await?;
        let busy = Owner::user("busy")?;
        connect(&host(store.clone(), keys.only_old()?, &mock)?, &mock, &busy).await?;

        let first_step = host(store.clone(), keys.new_opens()?, &mock)?;
        let second_step = host(store.clone(), keys.new_seals()?, &mock)?;
        let stop = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = [&first_step, &second_step]
            .map(|host| tokio::spawn(read_on(host.clone(), owners.clone(), Arc::clone(&stop))))
            .into_iter()
            .collect();
        let refreshing = tokio::spawn(refresh_on(second_step.clone(), busy.clone(), Arc::clone(&stop)));
        // Two at once, as where every process does it at its start.
        let (one, other) = tokio::join!(second_step.rewrap(), second_step.rewrap());
        stop.store(true, Ordering::SeqCst);
        for reader in readers {
            ensure!(reader.await?? >= ROWS, "the load was no load");
        }
        ensure!(refreshing.await?? > 0, "nothing was refreshed meanwhile");

        let (one, other) = (one?, other?);
        ensure!(one.unreadable + other.unreadable == 0, "{one:?} {other:?}");
        ensure!(one.rewrapped + other.rewrapped >= u64::from(ROWS), "{one:?} {other:?}");
        let new = keys.only_new()?;
        ensure!(only_of(&second_step, new.primary()).await? == u64::from(ROWS) + 1);
        ensure!(second_step.rewrap().await? == Rewrapped::default(), "there was something left");
        let after = host(store, new, &mock)?;
        all_read(&after, &owners).await?;
        ensure!(mock.is_live(after.token(&busy, "google").await?.token().expose_secret()));
        Ok(())
    })
    .await
}

/// How many records there are, which are all of this key.
async fn only_of(bailee: &Bailee, key: KeyId) -> anyhow::Result<u64> {
    let counts = bailee.records_by_key().await?;
    ensure!(counts.iter().all(|count| count.key == Some(key)), "{counts:?}");
    Ok(counts.iter().map(|count| count.records).sum())
}

/// Refreshes the row of `owner` again and again until told to stop, and returns how often.
async fn refresh_on(bailee: Bailee, owner: Owner, stop: Arc<AtomicBool>) -> anyhow::Result<u32> {
    let mut refreshes = 0;
    while !stop.load(Ordering::SeqCst) {
        let live = bailee.token(&owner, "google").await?;
        bailee.rejected(&live).await?;
        refreshes += 1;
    }
    Ok(refreshes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_in_the_middle_of_a_rewrap_survives_it() -> anyhow::Result<()> {
    each_engine(async |database| {
        let (mock, keys, store) = (MockGoogle::start().await?, Keys::generate()?, database.store().await?);
        // The other process has not moved the new key to the front yet: it seals what it refreshes with the old one.
        let (owner, other) = (Owner::user("u1")?, host(store.clone(), keys.new_opens()?, &mock)?);
        connect(&other, &mock, &owner).await?;
        let old = other.token(&owner, "google").await?;

        let (refreshing, refreshed) = (other.clone(), old.clone());
        let interrupted = Interrupted::before_seal(1, keys.new_seals()?, move || {
            block_in_place(|| Handle::current().block_on(refreshing.rejected(&refreshed))).map(drop).unwrap();
        });
        let rewrapping = host(store, interrupted, &mock)?;
        let meanwhile = rewrapping.rewrap().await?;
        ensure!(meanwhile == Rewrapped { replaced: 1, ..Rewrapped::default() }, "{meanwhile:?}");

        let newest = rewrapping.token(&owner, "google").await?;
        ensure!(newest.token().expose_secret() != old.token().expose_secret(), "the old token came back");
        ensure!(mock.is_live(newest.token().expose_secret()));
        ensure!(rewrapping.rewrap().await?.rewrapped == 1);
        let newest = rewrapping.token(&owner, "google").await?;
        ensure!(mock.is_live(newest.token().expose_secret()));
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rewrap_that_was_killed_is_resumed_where_it_was() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let (mock, keys, store) = (MockGoogle::start().await?, Keys::generate()?, database.store().await?);
        let owners = fill(&store, &keys.only_old()?, ROWS).await?;
        // In the third page: the first one is written, and the second one may be.
        kill_a_rewrap(database, &keys, 2 * PAGE + 51).await?;

        let bailee = host(store, keys.new_seals()?, &mock)?;
        all_read(&bailee, &owners).await.context("most of them are sealed with another key")?;
        let resumed = bailee.rewrap().await?;
        let left = [1, 2].map(|written| u64::from(ROWS - written * PAGE));
        ensure!(left.contains(&resumed.rewrapped), "{resumed:?}");
        ensure!((resumed.replaced, resumed.unreadable) == (0, 0), "{resumed:?}");
        all_read(&host(database.store().await?, keys.only_new()?, &mock)?, &owners).await
    })
    .await
}

/// Starts a process that rewraps, and kills it before it seals the record of this number.
async fn kill_a_rewrap(database: &TestDatabase, keys: &Keys, number: u32) -> anyhow::Result<()> {
    let mut process = Command::new(env!("CARGO_BIN_EXE_rewrap-until"))
        .args([database.url(), &number.to_string()])
        .env("BAILEE_KEYS", keys.second_step())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let lines = BufReader::new(process.stdout.take().context("its output")?);
    let line = lines.lines().next_line().await?.context("it ended by itself")?;
    ensure!(line == "standing still", "{line}");
    process.kill().await?;
    Ok(())
}

#[tokio::test]
async fn a_record_of_a_lost_key_is_counted_and_left_as_it_is() -> anyhow::Result<()> {
    each_engine(async |database| {
        let (mock, keys, store) = (MockGoogle::start().await?, Keys::generate()?, database.store().await?);
        let owners = fill(&store, &keys.only_old()?, 3).await?;
        let stranger = Owner::user("stranger")?;
        connect(&host(store.clone(), test_support::key_ring()?, &mock)?, &mock, &stranger).await?;

        let bailee = host(store, keys.new_seals()?, &mock)?;
        let expected = Rewrapped { rewrapped: 3, unreadable: 1, ..Rewrapped::default() };
        ensure!(bailee.rewrap().await? == expected);
        ensure!(bailee.records_by_key().await?.len() == 2);
        all_read(&bailee, &owners).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_after_the_second_step_is_sealed_with_the_new_key() -> anyhow::Result<()> {
    let (mock, keys) = (MockGoogle::start().await?, Keys::generate()?);
    let store = SqlStore::open("sqlite::memory:").await?;
    store.migrate().await?;
    let owner = Owner::user("u1")?;
    connect(&host(store.clone(), keys.only_old()?, &mock)?, &mock, &owner).await?;
    let bailee = host(store.clone(), keys.new_seals()?, &mock)?;
    ensure!(only_of(&bailee, keys.only_old()?.primary()).await? == 1);
    let live = bailee.token(&owner, "google").await?;
    bailee.rejected(&live).await?;
    ensure!(only_of(&bailee, keys.only_new()?.primary()).await? == 1);
    let (human, value) = (person(owner.clone()), SecretString::from("hunter2"));
    bailee.create_secret(&human, SecretName::new("key")?, &value, Scope::All).await?;
    bailee.connect(&owner, ConnectOptions::with_nonce("google", bailee.nonce()?)).await?;
    ensure!(only_of(&bailee, keys.only_new()?.primary()).await? == 3, "account, secret, and what was begun");
    Ok(())
}

#[tokio::test]
async fn a_named_secret_is_sealed_again_and_read_with_the_new_key_alone() -> anyhow::Result<()> {
    each_engine(async |database| {
        let (mock, keys, store) = (MockGoogle::start().await?, Keys::generate()?, database.store().await?);
        let (owner, name) = (Owner::user("u1")?, SecretName::new("key")?);
        let (human, value) = (person(owner.clone()), SecretString::from("hunter2"));
        let before = host(store.clone(), keys.only_old()?, &mock)?;
        before.create_secret(&human, name.clone(), &value, Scope::All).await?;
        ensure!(before.records_by_key().await?.len() == 1, "the old key is in use");
        let done = host(store.clone(), keys.new_seals()?, &mock)?.rewrap().await?;
        ensure!(done == Rewrapped { rewrapped: 1, ..Rewrapped::default() }, "{done:?}");
        let after = host(store, keys.only_new()?, &mock)?;
        let read = after.secret(&Caller::own(owner, "p1")?, &name).await?;
        ensure!(read.expose_secret() == "hunter2");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_record_of_a_retired_key_is_neither_read_nor_erased() -> anyhow::Result<()> {
    let (mock, keys) = (MockGoogle::start().await?, Keys::generate()?);
    let store = SqlStore::open("sqlite::memory:").await?;
    store.migrate().await?;
    let (owner, old) = (Owner::user("u1")?, keys.only_old()?.primary());
    connect(&host(store.clone(), keys.only_old()?, &mock)?, &mock, &owner).await?;
    let ring = keys.new_seals()?;
    let bailee = host(store.clone(), ring.clone(), &mock)?;
    bailee.token(&owner, "google").await?;
    ring.retire(&[old])?;
    let refused = bailee.token(&owner, "google").await.err();
    ensure!(refused == Some(TokenError::Vault(VaultError::KeyRetired { kid: old })), "{refused:?}");
    ensure!(bailee.rewrap().await? == Rewrapped { unreadable: 1, ..Rewrapped::default() });
    // Not lost: nothing is forgotten before the operator had a look.
    ensure!(bailee.disconnect(&owner, "google").await? == Disconnected::Pending);
    ensure!(only_of(&bailee, old).await? == 1 && mock.live_grants() == 1);
    Ok(())
}
