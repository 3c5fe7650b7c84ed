//! A host in memory, its providers and its browsers, for the tests of the HTTP face.

mod browser;
mod directory;
mod form;
mod host;
mod proof;
mod provider;
mod sign_in;
mod things;

pub use browser::{Answer, Browser, send};
pub use directory::Directory;
pub use form::{hidden, leads_to};
pub use host::{BASE, Begun, Host, begun, handed_over, organization, parameter, returning};
pub use proof::verifier;
pub use provider::{FakeProvider, Fault};
pub use sign_in::SignIn;
pub use things::Things;
