//! What the tests of the architecture read and compare.
//!
//! Every checker is a plain function from what was read to a list of breaches, one sentence each: the tests run it on
//! the workspace, where the list must be empty, and on made-up input, where it must not.

pub mod cases;
pub mod documents;
pub mod layers;
pub mod manifests;
pub mod metadata;
pub mod secrets;
pub mod sources;
pub mod telemetry;
pub mod tree;
