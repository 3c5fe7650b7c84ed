//! The client and the token endpoint against servers on loopback.

mod http_client;
mod reach;
mod support;
mod tls;
mod token_endpoint;
