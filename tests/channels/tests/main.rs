//! Accounts that are joined without OAuth, what providers send by themselves, and notifications.

mod hooks;
mod http;
mod join;
mod notify;
mod pairing;
mod pigeon;
mod queue;
mod rig;
mod widget;
