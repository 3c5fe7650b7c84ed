#![doc = include_str!("../README.md")]

mod build_error;
mod builder;
mod callback;
mod connect;
mod disconnect;
mod engine;
mod error;
mod finish;
mod flights;
mod grant;
mod integrations;
pub mod refresh;
mod registrations;
mod revocation;
mod rewrap;
mod system;
mod timings;
mod token;
mod validate;
mod worker;

pub use build_error::BuildError;
pub use builder::{Builder, Limits};
pub use callback::{Arrival, Callback, Connected, Returned};
pub use connect::{ConnectLink, ConnectRequest};
pub use disconnect::Disconnected;
pub use engine::{Bailee, Which};
pub use error::{Error, InputProblem};
pub use integrations::{Page, ProviderSummary};
pub use registrations::ProviderRegistrations;
pub use rewrap::Rewrapped;
pub use system::{SystemClock, SystemEntropy};
pub use timings::Timings;
pub use token::{Live, TokenError};
pub use validate::Validated;
pub use worker::{Background, Tick};
