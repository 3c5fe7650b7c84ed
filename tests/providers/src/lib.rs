//! What the tests of the providers have in common: each before its mock, and official descriptions.

mod calls;
pub mod conformance;
pub mod email;
mod google;
mod linkedin;
pub mod mail;
mod notion;
pub mod openapi;
mod output;
mod slack;
mod stage;
pub mod table;
mod telegram;
pub mod teller;
pub mod tools_page;
pub mod webhook;
pub mod wire;
mod x;

pub use calls::{notify, requests_are_as_referred};
pub use google::{GoogleKit, google_at, parameter};
pub use linkedin::{LinkedInStage, linkedin, linkedin_at, linkedin_for_partner, linkedin_with};
pub use notion::NotionKit;
pub use slack::{SlackStage, slack, slack_rotating};
pub use stage::{Service, Stage};
pub use telegram::{TelegramKit, WORD, pairing, telegram};
pub use x::{XStage, x, x_at, x_with};
