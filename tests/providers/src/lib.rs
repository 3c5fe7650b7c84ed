//! What the tests of the providers have in common: Google before its mock, and the official descriptions of its APIs.

pub mod conformance;
mod google;
pub mod mail;
pub mod wire;

pub use google::{GoogleKit, google_at, parameter};
