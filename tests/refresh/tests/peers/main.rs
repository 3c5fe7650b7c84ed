//! Several hosts over one database: what one of them does while another refreshes, or after it failed to.
//!
//! Each is a `Bailee` with a store, a pool and a clock of its own, in this process. Those that are killed and stopped are
//! real ones, in `tests/processes`.

mod clocks;
mod lost;
mod meanwhile;
mod rig;
