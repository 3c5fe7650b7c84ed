//! Providers from definitions: what can be said, what is refused, and what is then done.

mod accounts;
mod discovery;
mod mistakes;
mod notion;
mod rules;
mod said;
mod schema;
mod server;
mod slack;
mod support;
mod x;
