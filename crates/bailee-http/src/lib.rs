#![doc = include_str!("../README.md")]

mod agents;
mod answer;
mod authenticate;
mod body;
mod callback;
mod context;
mod cookie;
mod error;
mod extract;
mod frame;
mod integrations;
mod openapi;
mod organizations;
mod origin;
mod page;
mod query;
mod routers;
mod secrets;
mod tasks;
mod threads;
mod view;

pub use authenticate::{Authenticate, AuthenticateError, FromExtension, SignedIn};
pub use routers::{oauth_callback, openapi, organizations, router, v1};
