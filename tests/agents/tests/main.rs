//! What agents and counterparts may do.

mod calls;
mod ledger;
mod listing;
mod matrix;
mod rig;
mod scope;
mod secrets;
mod tasks;
mod threads;
