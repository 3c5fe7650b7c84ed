//! Google, through the `Provider` trait, against a server on loopback that answers what was recorded.
#![cfg(feature = "google")]

mod arguments;
mod begin;
mod calendar;
mod configuration;
mod connect;
mod description;
mod errors;
mod schemas;
mod support;
