//! What the tests of the providers have in common: adapters before their mocks, and the official description of Google's
//! calendar.

pub mod conformance;
mod google;
mod linkedin;
mod stage;
pub mod table;
pub mod wire;
mod x;

pub use google::{GoogleKit, google_at, parameter};
pub use linkedin::{LinkedInStage, linkedin, linkedin_at, linkedin_for_partner, linkedin_with};
pub use stage::{Service, Stage};
pub use x::{XStage, x, x_at, x_with};
