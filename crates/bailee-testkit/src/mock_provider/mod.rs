//! What every mock provider is made of: a loopback server with one state, a log of its requests, and scripted faults.

mod alter;
mod answer;
mod certificate;
mod consent;
mod fault;
mod gate;
mod grants;
mod gzip;
mod hub;
mod log;
mod loopback;
mod object;
mod page;
mod question;
mod random;
mod request;
mod server;
mod wire;

pub use consent::ConsentRefused;
pub use fault::{Fault, PlantedFault};
pub use gate::Gate;
pub use request::{Endpoint, RecordedRequest};

pub(crate) use answer::Answer;
pub(crate) use certificate::{ClientIdentity, TestCertificate};
pub(crate) use consent::{Asked, INVALID};
pub(crate) use grants::{CodeError, Fate, Grants};
pub(crate) use hub::{Hub, Site};
pub(crate) use loopback::is_loopback;
pub(crate) use object::object;
pub(crate) use page::{dead_end, escape, page, redirect};
pub(crate) use question::{Choice, Decision, Question, Visitor, radios};
pub(crate) use random::token;
pub(crate) use request::pairs;
pub(crate) use server::Server;
