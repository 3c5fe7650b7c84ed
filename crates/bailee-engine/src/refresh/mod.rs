//! The refresh of one row by one process: a pure machine and the driver that carries out what it says.
//!
//! [`Refresh::step`] takes an event and the monotonic time at which it happened, and answers with the next action. It
//! does nothing by itself, so that thousands of interleavings of many processes, crashes and late answers can be
//! played through with the very code that runs.

mod driver;
mod step;
mod words;

pub(crate) use driver::{Landed, Obtained, fly};
pub use step::Refresh;
pub use words::{Action, Answer, Event, Outcome, Plan};
