//! Whole lives of integrations, through the engine, against a mock Google on loopback.

mod connect;
mod disconnect;
mod events;
mod health;
mod recorder;
mod refresh;
mod rig;
mod surprises;
mod token;
mod validate;
mod worker;
