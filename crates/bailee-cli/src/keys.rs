use std::{num::NonZeroU32, sync::Arc};

use bailee::{
    ExposeSecret as _, KeyCount, KeyRing, RewrapProgress, SealedTable, Vault as _,
    core::{KeyId, Maintenance as _},
    vault::RingEntropy,
};
use clap::Subcommand;
use serde::Serialize;

use crate::{
    host,
    outcome::{Outcome, until_stopped},
    progress::Progress,
    settings::Settings,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes a new key: the key on standard output, its id on standard error.
    Generate,
    /// Tells the ids of the keys of the environment, and which of them seals.
    Kid,
    /// Seals again what older keys have sealed. It may be stopped, and goes on when it is called again.
    Rewrap {
        /// At most so many records a second.
        #[arg(long)]
        rate: Option<NonZeroU32>,
    },
    /// Tells how many records of which table each key has sealed; ends with 1 while there are any of another key than the
    /// first.
    Status {
        /// Writes JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(command: Keys, settings: &Settings) -> Result<Outcome, String> {
    match command {
        Keys::Generate => generate(),
        Keys::Kid => Ok(Outcome::good(kids(host::keys(settings)?))),
        Keys::Rewrap { rate } => rewrap(settings, rate).await,
        Keys::Status { json } => status(settings, json).await,
    }
}

fn generate() -> Result<Outcome, String> {
    let made = KeyRing::generate(Arc::new(RingEntropy::new())).map_err(|error| error.to_string())?;
    let (ring, key) = made;
    Ok(Outcome {
        text: format!("{}\n", key.expose_secret()),
        aside: format!("key {}\n", ring.primary()),
        ok: true,
    })
}

fn kids(ring: &KeyRing) -> String {
    let retired: Vec<KeyId> = ring.retired().collect();
    let there = ring.kids().filter(|kid| !retired.contains(kid));
    let word = |kid| if kid == ring.primary() { "seals" } else { "opens" };
    let mut lines: Vec<String> = there.map(|kid| format!("{kid}  {}\n", word(kid))).collect();
    lines.extend(retired.iter().map(|kid| format!("{kid}  retired\n")));
    lines.concat()
}

async fn rewrap(settings: &Settings, rate: Option<NonZeroU32>) -> Result<Outcome, String> {
    let (bailee, primary) = (host::host(settings, &[]).await?, host::keys(settings)?.primary());
    let progress = Progress::new("rewrap", true);
    let observe = |far: RewrapProgress| progress.at(far.done(), far.total);
    let done = until_stopped(bailee.rewrap_with(rate, observe)).await;
    progress.end();
    let done = done?.map_err(|error| error.to_string())?;
    Ok(Outcome {
        text: format!(
            "{} records are sealed with {primary} now; {} were replaced meanwhile, {} do not open\n",
            done.rewrapped, done.replaced, done.unreadable
        ),
        aside: String::new(),
        ok: done.unreadable == 0,
    })
}

#[derive(Serialize)]
struct Status {
    /// Whether every record is sealed with the first key.
    ok: bool,
    primary: String,
    records: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    table: SealedTable,
    key: Option<String>,
    records: u64,
    state: State,
}

/// What the ring has to do with the key of some records.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// They name no key.
    NoKey,
    /// It opens them.
    Opens,
    /// It refuses them.
    Retired,
    /// It seals with it.
    Seals,
    /// It does not have it.
    Unknown,
}

async fn status(settings: &Settings, json: bool) -> Result<Outcome, String> {
    let (ring, store) = (host::keys(settings)?, host::store(settings).await?);
    let counts = store.records_by_key().await.map_err(|error| error.to_string());
    store.close().await;
    let records: Vec<Line> = counts?.into_iter().map(|count| line(ring, count)).collect();
    let ok = records.iter().all(|line| line.state == State::Seals);
    let status = Status { ok, primary: ring.primary().to_string(), records };
    let text = if json {
        serde_json::to_string_pretty(&status).map_err(|_| "the status cannot be written")? + "\n"
    } else {
        written(&status)
    };
    Ok(Outcome { text, aside: String::new(), ok })
}

fn line(ring: &KeyRing, KeyCount { table, key, records }: KeyCount) -> Line {
    let state = match key {
        None => State::NoKey,
        Some(key) if key == ring.primary() => State::Seals,
        Some(key) if ring.retired().any(|retired| retired == key) => State::Retired,
        Some(key) if ring.kids().any(|kid| kid == key) => State::Opens,
        Some(_) => State::Unknown,
    };
    Line { table, key: key.map(|key| key.to_string()), records, state }
}

fn written(Status { ok, primary, records }: &Status) -> String {
    let lines: Vec<String> = records.iter().map(of_line).collect();
    let every = if *ok { "every" } else { "not every" };
    format!("{}{every} record is sealed with {primary}\n", lines.concat())
}

fn of_line(Line { table, key, records, state }: &Line) -> String {
    let word = match state {
        State::Seals => "seals",
        State::Opens if table.is_rewrapped() => "opens: rewrap it",
        State::Opens => "opens: these age out",
        State::NoKey => "PROBLEM: no sealed record",
        State::Retired => "PROBLEM: retired",
        State::Unknown => "PROBLEM: not in the ring",
    };
    let key = key.as_deref().unwrap_or("none");
    format!("{:<17}  {key:<16}  {records:>9}  {word}\n", table.as_str())
}
