//! Many seeds, and one seed in full.

use std::thread;

use anyhow::{Context as _, ensure};
use simulation_tests::{Counts, Seen, play};

/// Enough that everything happens, and quick enough for every change.
const SEEDS: u64 = 100_000;

const THREADS: u64 = 2;

#[expect(clippy::disallowed_methods, reason = "how a seed is chosen")]
fn number(variable: &str) -> anyhow::Result<Option<u64>> {
    let set = std::env::var(variable).ok().filter(|value| !value.is_empty());
    set.map(|value| value.parse().with_context(|| format!("{variable} is no number"))).transpose()
}

fn share(first: u64, seeds: u64, thread: u64) -> (Counts, Vec<String>) {
    let mut counts = Counts::default();
    let mut breaches = Vec::new();
    for seed in (first..first.saturating_add(seeds)).filter(|seed| seed % THREADS == thread) {
        breaches.extend(play(seed, &mut counts, false).breach);
        if breaches.len() >= 10 {
            break;
        }
    }
    (counts, breaches)
}

#[test]
fn a_seed_tells_the_same_story_twice() {
    for seed in 0..50 {
        let [once, again] = [(); 2].map(|()| play(seed, &mut Counts::default(), true));
        assert_eq!(once.trace, again.trace);
        assert_eq!(once.breach, again.breach);
    }
}

#[test]
fn whatever_happens_no_grant_is_lost_declared_dead_falsely_or_refreshed_twice() -> anyhow::Result<()> {
    if let Some(seed) = number("SIMULATION_SEED")? {
        let story = play(seed, &mut Counts::default(), true);
        println!("{}", story.trace.join("\n"));
        ensure!(story.breach.is_none(), "{}", story.breach.unwrap_or_default());
        return Ok(());
    }
    let first = number("SIMULATION_FIRST_SEED")?.unwrap_or(0);
    let seeds = number("SIMULATION_SEEDS")?.unwrap_or(SEEDS);
    let shares = thread::scope(|scope| {
        let threads: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || share(first, seeds, thread))).collect();
        threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut counts = Counts::default();
    let mut breaches = Vec::new();
    for share in shares {
        let (counted, broken) = share.ok().context("a thread of the simulation panicked")?;
        counts.absorb(&counted);
        breaches.extend(broken);
    }
    println!("{counts}");
    ensure!(
        breaches.is_empty(),
        "SIMULATION_SEED=<seed> tells the whole story of one:\n{}",
        breaches.join("\n")
    );
    // Fewer may lack what is rare.
    let missing = if seeds >= SEEDS { counts.missing() } else { Vec::<Seen>::new() };
    ensure!(missing.is_empty(), "the simulation is blind, these never happened: {missing:?}");
    Ok(())
}
