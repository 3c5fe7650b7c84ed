#![doc = include_str!("../README.md")]

mod connect;
mod credential;
mod dialect;
mod entity;
mod error;
mod integration;
mod maintenance;
mod migration;
mod outbox;
mod pending;
#[cfg(all(test, feature = "sqlite"))]
mod plans;
mod pool;
mod row;
mod statement;
mod store;

pub use connect::{OpenError, SqlOptions};
pub use pool::SqlPool;
pub use store::SqlStore;
