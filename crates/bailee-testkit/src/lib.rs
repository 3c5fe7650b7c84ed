#![doc = include_str!("../README.md")]

#[cfg(feature = "engine")]
mod connect;
mod faulty_store;
mod glass_vault;
mod memory_store;
mod mock_clock;
pub mod mock_google;
mod mock_key_source;
pub mod mock_linkedin;
pub mod mock_notion;
pub mod mock_provider;
pub mod mock_receiver;
pub mod mock_slack;
pub mod mock_smtp;
pub mod mock_telegram;
pub mod mock_teller;
pub mod mock_x;
mod seeded_entropy;
mod shim;
pub mod suite;

#[cfg(feature = "engine")]
pub use connect::{connected, connected_by, returned};
pub use faulty_store::{FaultPlan, FaultyStore, StoreFault};
pub use glass_vault::GlassVault;
pub use memory_store::MemoryStore;
pub use mock_clock::MockClock;
pub use mock_google::MockGoogle;
pub use mock_key_source::MockKeySource;
pub use mock_linkedin::MockLinkedIn;
pub use mock_notion::MockNotion;
pub use mock_receiver::MockReceiver;
pub use mock_slack::MockSlack;
pub use mock_smtp::MockSmtp;
pub use mock_telegram::MockTelegram;
pub use mock_teller::MockTeller;
pub use mock_x::MockX;
pub use seeded_entropy::{BrokenEntropy, SeededEntropy};
pub use shim::{Shim, ShimMode};
