#![doc = include_str!("../README.md")]

mod env;
mod envelope;
mod error;
mod key;
mod key_ring;
mod rotate;

pub use error::{KeyProblem, KeyRingError, Origin};
pub use key_ring::{KeyRing, RingEntropy};
