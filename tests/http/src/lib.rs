//! A host in memory, its providers and its browsers, for the tests of the HTTP face.

mod browser;
mod directory;
mod host;
mod proof;
mod provider;
mod sign_in;

pub use browser::{Answer, Browser, send};
pub use directory::Directory;
pub use host::{BASE, Begun, Host, Things, begun, handed_over, organization, parameter, returning};
pub use proof::verifier;
pub use provider::{FakeProvider, Fault};
pub use sign_in::SignIn;
