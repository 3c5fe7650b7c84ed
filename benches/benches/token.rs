//! `token()` of a fresh row, beside the same SELECT and the same open written by hand.
//!
//! `cargo bench -p benches --bench token` measures and prints a table. `… -- count <sqlite|postgres> <hand|ours> <calls>`
//! makes so many calls and nothing else, for tools that count instructions; the difference of two lengths is free of
//! what the start costs.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use anyhow::{Context as _, bail, ensure};
use bailee_core::ExposeSecret as _;
use benches::{Engine, Plan, ROWS, World, compare, owner};
use futures_util::future::try_join_all;
use tokio::runtime::{Builder, Runtime};

const ENGINES: [(&str, Engine); 2] = [("sqlite", Engine::Sqlite), ("postgres", Engine::Postgres)];
const VARIANTS: [&str; 2] = ["hand", "ours"];
const TASKS: [u32; 3] = [1, 16, 64];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench" && argument != "--test").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => measure(&ENGINES.map(|(name, _)| name)),
        ["only", engine] => measure(&[engine]),
        ["count", engine, variant, calls] => count(engine, variant, calls.parse()?),
        _ => bail!("usage: token [only <engine> | count <engine> <hand|ours> <calls>]"),
    }
}

#[expect(clippy::print_stdout, reason = "the table is the result")]
fn measure(engines: &[&str]) -> anyhow::Result<()> {
    println!("CPU time of a call: our threads and the database's. {ROWS} rows, a pool of 16.");
    for name in engines {
        let runtime = runtime(2)?;
        let world = Arc::new(runtime.block_on(World::new(engine(name)?))?);
        same_answers(&runtime, &world)?;
        for tasks in TASKS {
            let comparison = compare(&world.meter, Plan::default(), |variant, calls| {
                runtime.block_on(calls_in_tasks(&world, variant, calls, tasks))
            })?;
            println!("{name:8} c={tasks:<2} | {comparison}");
        }
    }
    Ok(())
}

fn count(name: &str, variant: &str, calls: u32) -> anyhow::Result<()> {
    let variant = VARIANTS.iter().position(|known| *known == variant).context("no such variant")?;
    let runtime = runtime(1)?;
    let world = Arc::new(runtime.block_on(World::new(engine(name)?))?);
    runtime.block_on(calls_in_tasks(&world, variant, calls, 1))
}

fn engine(name: &str) -> anyhow::Result<Engine> {
    let known = ENGINES.iter().find(|(known, _)| *known == name);
    known.map(|(_, engine)| *engine).context("no such engine")
}

fn runtime(threads: usize) -> anyhow::Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(threads).enable_all().build()?)
}

/// Both ways must do the same work, or the comparison says nothing.
fn same_answers(runtime: &Runtime, world: &World) -> anyhow::Result<()> {
    for number in [0, 1, ROWS - 1] {
        let by_hand = runtime.block_on(world.hand.token(owner(number)?.user_id().as_str(), "google"))?;
        let ours = runtime.block_on(world.bailee.token(&owner(number)?, "google"))?;
        ensure!(by_hand.token.expose_secret() == ours.token().expose_secret(), "two different tokens");
        ensure!(by_hand.account.0 == ours.account().id.as_str(), "two different accounts");
    }
    Ok(())
}

/// So many calls, by so many tasks at once, over all rows in turn.
async fn calls_in_tasks(world: &Arc<World>, variant: usize, calls: u32, tasks: u32) -> anyhow::Result<()> {
    let next = Arc::new(AtomicU32::new(0));
    let running = (0..tasks).map(|_| {
        let (world, next) = (Arc::clone(world), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= calls {
                    return anyhow::Ok(());
                }
                call(&world, variant, number % ROWS).await?;
            }
        })
    });
    for ended in try_join_all(running).await? {
        ended?;
    }
    Ok(())
}

async fn call(world: &World, variant: usize, number: u32) -> anyhow::Result<()> {
    let owner = owner(number)?;
    if variant == 0 {
        std::hint::black_box(world.hand.token(owner.user_id().as_str(), "google").await?);
    } else {
        std::hint::black_box(world.bailee.token(&owner, "google").await?);
    }
    Ok(())
}
