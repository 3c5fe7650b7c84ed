//! What the tests of the providers have in common: Google before its mock, and the official description of its calendar.

pub mod conformance;
mod google;
mod notion;
pub mod openapi;
pub mod wire;

pub use google::{GoogleKit, google_at, parameter};
pub use notion::NotionKit;
