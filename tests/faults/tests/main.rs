//! Databases and networks that fail in the middle of a flow.

mod channel;
mod database_network;
mod failed;
mod flow;
mod flows;
mod ground;
mod provider_network;
mod scene;
mod statements;
