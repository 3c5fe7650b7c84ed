use serde_json::Value;
use thirtyfour::common::log::BrowserLogEntry;

/// A request that the browser sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` …
    pub method: String,
    /// The whole address.
    pub url: String,
    /// What was posted.
    pub body: String,
}

/// Those of a log of the kind `performance`.
pub(crate) fn requests(entries: &[BrowserLogEntry]) -> Vec<Request> {
    entries.iter().filter_map(|entry| request(&entry.message)).collect()
}

fn request(message: &str) -> Option<Request> {
    let event: Value = serde_json::from_str(message).ok()?;
    let event = event.get("message")?;
    (event.get("method")?.as_str()? == "Network.requestWillBeSent").then_some(())?;
    let request = event.pointer("/params/request")?;
    let text = |field: &str| request.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Request { method: text("method"), url: text("url"), body: text("postData") })
}
