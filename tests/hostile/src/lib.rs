//! What the tests of a hostile provider share: a server that breaks every rule byte by byte, a gzip bomb, and providers that
//! say otherwise of themselves.

mod bomb;
mod declared;
mod server;

pub use bomb::bomb;
pub use declared::Declared;
pub use server::{Certificate, Server, Then, answer};
