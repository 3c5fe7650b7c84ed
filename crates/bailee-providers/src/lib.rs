#![doc = include_str!("../README.md")]

#[cfg(feature = "google")]
mod arguments;
mod config;
#[cfg(feature = "google")]
pub mod google;
pub mod registry;
#[cfg(feature = "google")]
mod text;

pub use config::ConfigError;
#[cfg(feature = "google")]
pub use google::{Google, GoogleEndpoints};
