//! Planted secrets, and a search for them in everything that leaves a host: logs, errors, `Debug`, bodies, metrics and
//! database files.

mod capture;
mod dump;
mod scan;

pub use capture::{Capture, Labels};
pub use dump::dump;
pub use scan::{Secrets, hex};
