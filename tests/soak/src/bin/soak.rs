//! `soak [sqlite|postgres|mysql] [seconds] [strict|grace|calm] [seed]`: eight processes on a fresh database of that engine.
//! In a calm soak of a strict provider nobody is killed and no answer is lost.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{env, time::Duration};

use anyhow::{Context as _, bail};
use process_tests::Replay;
use soak_tests::{Plan, soak};
use test_support::Engine;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = env::args().skip(1);
    let engine = match arguments.next().as_deref() {
        None | Some("sqlite") => Engine::SqliteFile,
        Some("mysql") => Engine::MySql,
        Some("postgres") => Engine::Postgres,
        Some(other) => bail!("{other} is no engine"),
    };
    let seconds = arguments.next().map_or(Ok(300), |seconds| seconds.parse())?;
    let (replay, calm) = match arguments.next().as_deref() {
        None | Some("strict") => (Replay::Strict, false),
        Some("calm") => (Replay::Strict, true),
        Some("grace") => (Replay::Grace, false),
        Some(other) => bail!("{other} is no kind of provider"),
    };
    let plan = Plan {
        worker: env::current_exe()?.with_file_name("soak-worker"),
        processes: 8,
        users: 200,
        duration: Duration::from_secs(seconds),
        pause: Duration::from_secs(3),
        calm,
        replay,
        seed: arguments.next().map_or(Ok(7), |seed| seed.parse())?,
    };
    let database = engine.fresh().await?.context("the engine is not there")?;
    let kind = if calm { "calm" } else { "with kills" };
    println!("{engine}, {replay:?}, {kind}, {seconds} s, seed {}", plan.seed);
    let report = soak(&database, &plan).await?;
    println!("{report}");
    report.check()
}
