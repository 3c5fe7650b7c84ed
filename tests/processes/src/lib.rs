//! What a host of one process and the parent that kills, stops and wakes it share: where its refresh stands still, and
//! the words that they exchange.
//!
//! The parent writes [`Orders`] as the first line of the worker's input, [`Command`]s as the next ones, and reads
//! [`Event`]s from its output, one JSON value on each line. Nothing secret is an argument; the key ring comes in
//! [`KEYS`].

mod orders;
mod rotating;
mod stand;
mod standing_store;
mod talk;
mod telling;

pub use orders::{Orders, Pace, Replay};
pub use rotating::Rotating;
pub use stand::{Halt, Stand, Step};
pub use standing_store::StandingStore;
pub use talk::{Answers, Command, Event, ask, input, say};
pub use telling::Telling;

/// The variable of the environment with the key ring of a worker.
pub const KEYS: &str = "BAILEE_KEYS";
