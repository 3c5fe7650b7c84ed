use serde_json::{Map, Value, json};

use crate::mock_google::state::object;

/// The messages of one account, in the order of their arrival.
#[derive(Debug, Default)]
pub(in crate::mock_google) struct Mailbox {
    pub(super) mails: Vec<Mail>,
}

/// One message.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) id: String,
    pub(super) thread_id: String,
    pub(super) labels: Vec<String>,
    pub(super) snippet: String,
    /// Milliseconds since 1970.
    pub(super) date: i64,
    /// A `MessagePart` of Gmail's description.
    pub(super) payload: Value,
    /// As it was sent; a message that was put there by hand has none.
    pub(super) raw: Option<String>,
}

impl Mailbox {
    /// An id like Gmail's: 16 hexadecimal digits.
    pub(super) fn next_id(&self) -> String {
        format!("18c0ffee{:08x}", self.mails.len() + 1)
    }

    pub(super) fn find(&self, id: &str) -> Option<&Mail> {
        self.mails.iter().find(|mail| mail.id == id)
    }

    pub(super) fn thread(&self, id: &str) -> Vec<&Mail> {
        self.mails.iter().filter(|mail| mail.thread_id == id).collect()
    }

    /// The newest first.
    pub(super) fn newest_first(&self) -> Vec<&Mail> {
        let mut mails: Vec<&Mail> = self.mails.iter().rev().collect();
        mails.sort_by_key(|mail| std::cmp::Reverse(mail.date));
        mails
    }
}

impl Mail {
    /// The first header of that name, in whatever case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.payload.get("headers")?.as_array()?;
        let is_it = |header: &&Value| {
            header.get("name").and_then(Value::as_str).is_some_and(|mine| mine.eq_ignore_ascii_case(name))
        };
        headers.iter().find(is_it)?.get("value")?.as_str()
    }

    /// A `Message` of Gmail's description, with this payload.
    pub(super) fn resource(&self, payload: Option<Value>) -> Value {
        object([
            ("id", Some(json!(self.id))),
            ("threadId", Some(json!(self.thread_id))),
            ("labelIds", Some(json!(self.labels))),
            ("snippet", Some(json!(self.snippet))),
            ("historyId", Some(json!("90210"))),
            ("internalDate", Some(json!(self.date.to_string()))),
            ("sizeEstimate", Some(json!(1834))),
            ("payload", payload),
        ])
    }

    /// Its top part with no more than these headers; with all where none are named.
    pub(super) fn metadata(&self, names: &[&str]) -> Value {
        let is_wanted = |header: &&Value| {
            let name = header.get("name").and_then(Value::as_str).unwrap_or_default();
            names.is_empty() || names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
        };
        let headers = self.payload.get("headers").and_then(Value::as_array);
        let headers: Vec<&Value> = headers.into_iter().flatten().filter(is_wanted).collect();
        let mut part = Map::new();
        part.insert("mimeType".to_owned(), self.payload.get("mimeType").cloned().unwrap_or_default());
        part.insert("headers".to_owned(), json!(headers));
        Value::Object(part)
    }
}
