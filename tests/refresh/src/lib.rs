//! What the tests of the refresh protocol share: a host of one process whose steps can be stopped, and the words that such a
//! process and its parent exchange.
//!
//! The parent writes [`Orders`] as the first line of the worker's input, [`Command`]s as the next ones, and reads
//! [`Event`]s from its output, one JSON value on each line. Nothing secret is an argument.

mod clock;
mod orders;
mod rotating;
mod stand;
mod standing_store;

pub use clock::Skewed;
pub use orders::{Answers, Command, Event, Orders, Pace, Replay, ask};
pub use rotating::Rotating;
pub use stand::{Halt, Stand, Step};
pub use standing_store::StandingStore;
