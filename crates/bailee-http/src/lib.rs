#![doc = include_str!("../README.md")]

mod access;
mod agents;
mod answer;
mod authenticate;
mod authorize;
mod body;
mod callback;
mod connect_page;
mod connects;
mod consent;
mod context;
mod cookie;
mod error;
mod extract;
mod form;
mod frame;
mod hooks;
mod integrations;
mod join;
mod mcps;
mod openapi;
mod organizations;
mod origin;
mod page;
mod providers;
mod query;
mod routers;
mod secrets;
mod tasks;
mod threads;
mod view;

pub use authenticate::{Authenticate, AuthenticateError, FromExtension, SignedIn};
pub use routers::{connect_page, hooks, oauth_callback, openapi, organizations, router, v1};
