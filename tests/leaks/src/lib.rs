//! Planted secrets, and a search for them in everything that leaves a host: logs, errors, `Debug`, bodies, metrics and
//! database files.

mod answers;
mod capture;
mod drawn;
mod dump;
mod http2;
mod scan;
mod skipping;
mod told;

pub use answers::Answers;
pub use capture::{Capture, Labels};
pub use drawn::Drawn;
pub use dump::dump;
pub use http2::http2;
pub use scan::{Secrets, hex};
pub use skipping::Skipping;
pub use told::Told;
