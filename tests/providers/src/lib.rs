//! What the tests of the providers have in common: each before its mock, and official descriptions.

pub mod conformance;
pub mod email;
mod google;
pub mod teller;
pub mod webhook;
pub mod wire;

pub use google::{GoogleKit, google_at, parameter};
