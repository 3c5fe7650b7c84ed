//! What the official conformance suite wants to find at a server: through our router, with our own tools where they can be
//! such, and around them what we do not have — prompts, resources, other kinds of content.

mod fixed;
mod host_tools;
mod rounds;
mod server;
mod streams;

use rmcp::model::ErrorData;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use host_tools::{Switch, host_tools};
pub use server::Fixture;

/// A picture of one red pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A sound of no length.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

/// A message of the protocol, as it is on the wire.
fn made<T: DeserializeOwned>(wire: Value) -> Result<T, ErrorData> {
    serde_json::from_value(wire).map_err(|error| ErrorData::internal_error(error.to_string(), None))
}

/// A result that asks for nothing more.
fn whole<T: DeserializeOwned>(mut wire: Value) -> Result<T, ErrorData> {
    if let Some(members) = wire.as_object_mut() {
        members.insert("resultType".to_owned(), Value::from("complete"));
    }
    made(wire)
}
