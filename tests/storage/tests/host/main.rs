//! A whole host over a database that fails: each call is repeated or answered with a typed error, no token is lost, and
//! nobody waits without an end.

mod disk;
mod fail_over;
mod health;
mod lock;
mod pool;
mod rig;
mod sealed;
mod silence;
