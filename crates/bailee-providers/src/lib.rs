#![doc = include_str!("../README.md")]

#[cfg(any(
    feature = "google",
    feature = "linkedin",
    feature = "notion",
    feature = "slack",
    feature = "telegram",
    feature = "x"
))]
mod api;
#[cfg(feature = "adapter")]
mod arguments;
mod config;
#[cfg(any(feature = "linkedin", feature = "notion", feature = "x"))]
mod delegate;
#[cfg(feature = "email")]
pub mod email;
#[cfg(any(feature = "email", feature = "telegram", feature = "teller", feature = "webhook"))]
mod form;
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
#[cfg(any(
    feature = "google",
    feature = "linkedin",
    feature = "notion",
    feature = "telegram",
    feature = "teller",
    feature = "x"
))]
mod text;
#[cfg(feature = "adapter")]
mod tool;
#[cfg(feature = "webhook")]
pub mod webhook;
#[cfg(feature = "x")]
pub mod x;

pub use config::ConfigError;
#[cfg(feature = "email")]
pub use email::Email;
#[cfg(feature = "google")]
pub use google::{Google, GoogleEndpoints};
#[cfg(feature = "linkedin")]
pub use linkedin::LinkedIn;
#[cfg(feature = "notion")]
pub use notion::{Notion, NotionEndpoints};
#[cfg(feature = "slack")]
pub use slack::Slack;
#[cfg(feature = "telegram")]
pub use telegram::Telegram;
#[cfg(feature = "teller")]
pub use teller::{Teller, TellerEnvironment};
#[cfg(feature = "webhook")]
pub use webhook::{Webhook, WebhookSink};
#[cfg(feature = "x")]
pub use x::X;
