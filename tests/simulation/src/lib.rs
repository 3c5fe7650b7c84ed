//! Many workers, one row, one provider, and everything that can go wrong between them, played through with the very
//! machine that runs: `bailee_engine::refresh::Refresh`.
//!
//! One seed is one story. It is single-threaded and has no real clock: an event queue in the order of simulated time
//! carries out what the machine says, as its driver does, with random latencies and the faults that the seed draws.
//! Workers crash, sleep and wake up; statements fail before or after they were carried out; answers of the provider
//! are late or lost; the store's clock steps; the user reconnects, disconnects, or takes the grant away. The store is
//! `bailee_testkit::MemoryStore`; only the provider and the driver are modelled here.
//!
//! After every change the invariants of the protocol are checked (the module `check` lists them). Those that need the
//! timing assumption are dropped from the moment at which a story breaks it: a pause between the decision to send and
//! the socket write, or a step of the store's clock that is larger than the slack.
//!
//! A breach names its seed. To see the whole story of one seed:
//!
//! ```text
//! SIMULATION_SEED=4711 cargo test -p simulation-tests -- --nocapture
//! ```
//!
//! `SIMULATION_SEEDS` and `SIMULATION_FIRST_SEED` choose how many seeds are played and from which on.

mod check;
mod counts;
mod database;
mod flight;
mod provider;
mod random;
mod request;
mod scenario;
mod statement;
mod user;
mod worker;
mod world;

pub use counts::{Counts, Seen};

use world::World;

/// Simulated time, in milliseconds.
type Ms = u64;

/// How the story of a seed ended.
#[derive(Debug)]
pub struct Story {
    /// The invariant that was broken.
    pub breach: Option<String>,
    /// What happened, line by line, where it was asked for.
    pub trace: Vec<String>,
}

/// Plays one seed, and adds to `counts` what happened. `traced`: with the whole story.
pub fn play(seed: u64, counts: &mut Counts, traced: bool) -> Story {
    let mut world = match World::new(seed, traced) {
        Ok(world) => world,
        Err(error) => return Story { breach: Some(format!("{error:#}")), trace: Vec::new() },
    };
    let breach = world.play().err().map(|error| format!("seed {seed}: {error:#}"));
    counts.absorb(&world.counts);
    counts.finish_seed();
    Story { breach, trace: world.trace.unwrap_or_default() }
}
