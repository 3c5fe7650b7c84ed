//! One refresh at a time and no token lost, whatever happens to the processes.

mod killed;
mod process;
mod rig;
mod stopped;
mod storm;
mod terminated;
mod told;
