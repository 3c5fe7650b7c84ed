//! Eight processes on one database for minutes: random kills, a provider that fails in every way, and keys that are
//! replaced again and again, while callers want tokens.
//!
//! The parent ([`soak`]) is a host too: it connects the accounts, rotates the keys, seals again, and connects again what
//! was lost in the one window that there is. It speaks with its workers in lines of JSON.

mod load;
mod parent;
mod report;
mod ring;
mod rotation;
mod words;
mod workers;

pub use load::load;
pub use parent::{Plan, soak};
pub use report::Report;
pub use ring::Ring;
pub use words::{Command, Event, KEYS, Orders, Tally};
