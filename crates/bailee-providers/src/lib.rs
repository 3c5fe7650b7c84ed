#![doc = include_str!("../README.md")]

#[cfg(feature = "adapter")]
mod api;
#[cfg(feature = "adapter")]
mod arguments;
mod config;
#[cfg(feature = "email")]
pub mod email;
#[cfg(feature = "google")]
pub mod google;
#[cfg(feature = "linkedin")]
pub mod linkedin;
#[cfg(feature = "notion")]
pub mod notion;
#[cfg(feature = "adapter")]
pub mod reference;
pub mod registry;
#[cfg(feature = "slack")]
pub mod slack;
#[cfg(feature = "telegram")]
pub mod telegram;
#[cfg(feature = "teller")]
pub mod teller;
#[cfg(feature = "adapter")]
mod text;
#[cfg(feature = "adapter")]
mod tool;
#[cfg(feature = "webhook")]
pub mod webhook;
#[cfg(feature = "x")]
pub mod x;

pub use config::ConfigError;
#[cfg(feature = "google")]
pub use google::{Google, GoogleEndpoints};
#[cfg(feature = "notion")]
pub use notion::{Notion, NotionEndpoints};
