//! One refresh at a time and no token lost, across processes.

mod clocks;
mod database_gone;
mod killed;
mod lost;
mod peers;
mod process;
mod rig;
mod stopped;
mod storm;
mod terminated;
