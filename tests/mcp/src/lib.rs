//! The agents' door as its tests see it: a whole host on a port of this machine, agents with the client of the protocol's
//! own library, and requests that no such client would send.

mod agent;
pub mod conformance;
mod directory;
mod names;
mod raw;
mod rig;
mod tokens;

pub use agent::{Agent, Era, Mind};
pub use directory::Directory;
pub use names::{Names, caller};
pub use raw::{Answer, INITIALIZE, Raw};
pub use rig::{Rig, engine, tea};
pub use tokens::{Issuer, header};
