#![doc = include_str!("../README.md")]

#[cfg(not(any(feature = "mysql", feature = "postgres", feature = "sqlite")))]
compile_error!("enable at least one of the features `mysql`, `postgres` and `sqlite`");

mod connect;
mod connect_request;
mod credential;
mod dialect;
mod driver;
mod entity;
mod error;
mod event;
mod idempotency;
mod incident;
mod integration;
mod ledger;
mod lent;
mod maintenance;
mod migration;
mod outbox;
mod pending;
mod pool;
mod reseal;
mod row;
mod run;
mod secret;
mod seen;
mod statement;
#[cfg(all(test, feature = "sqlite"))]
mod statement_tests;
mod store;
mod task;
mod thread;
mod transaction;
mod update;
mod value;
mod version;
mod watch;

pub use connect::{OpenError, SqlOptions};
pub use pool::SqlPool;
pub use store::SqlStore;
