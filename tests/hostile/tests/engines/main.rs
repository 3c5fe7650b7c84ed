//! What a database decides: who finishes a connect, who shares an account, and what is still to be revoked. On every engine.

mod callbacks;
mod disconnects;
mod registrations;
mod rig;
mod sharers;
