//! The page in a browser, as a person meets it: a whole host on loopback, mocks of the providers, and somebody who reads,
//! clicks and types.
//!
//! Nothing here needs the internet. Where there is no Chromium or no chromedriver, each test prints so and passes, unless
//! `BAILEE_REQUIRE_BROWSER=1`.

mod axe;
mod driver;
mod host;
mod installed;
mod look;
mod mocks;
mod people;
mod sessions;
mod snapshot;
mod stage;
mod traffic;
mod tree;
mod trouble;
mod window;

pub use axe::Axe;
pub use host::{Host, ORGANIZATION};
pub use installed::skip;
pub use look::Look;
pub use mocks::Mocks;
pub use people::{ACME, ADA, BOB, CODING, GROCER, ORGANIZER, Person, VZFINANCE};
pub use snapshot::told;
pub use stage::{Stage, on_stage, on_stage_with};
pub use traffic::Request;
pub use tree::{Node, Tree};
pub use trouble::{Door, Seen, Trouble};
pub use window::Window;
