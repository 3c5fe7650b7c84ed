//! Corkboard, a service that does not exist, as a provider of bailee.
//!
//! [`provider`] is all that a provider needs, against `bailee-core` alone. [`service`] stands in for the service and for
//! the HTTP client that would reach it. `tests/suite.rs` proves the provider by the suite that every provider passes.

pub mod provider;
pub mod service;

pub use provider::Corkboard;
pub use service::FakeCorkboard;
