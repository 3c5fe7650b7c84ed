//! What agents and counterparts may do.

mod calls;
mod door;
mod ledger;
mod limits;
mod listing;
mod matrix;
mod overview;
mod random;
mod repetition;
mod rig;
mod scope;
mod secrets;
mod tasks;
mod threads;
