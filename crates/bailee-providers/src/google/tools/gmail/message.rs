//! A message, as Gmail answers it and as an agent reads it.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MAX_ID;
use crate::text::clean;

/// What a list shows of each message.
pub(super) const HEADERS: [&str; 3] = ["From", "To", "Subject"];
pub(super) const FIELDS: &str = "id,threadId,labelIds,snippet,internalDate,payload/headers";

/// Fifty messages of these lengths fit into one answer.
const MAX_PEOPLE: usize = 100;
const MAX_SUBJECT: usize = 150;
const MAX_SNIPPET: usize = 200;

/// What Gmail answers. Everything but the id may be missing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GmailMessage {
    pub(super) id: String,
    pub(super) thread_id: Option<String>,
    #[serde(default)]
    label_ids: Vec<String>,
    snippet: Option<String>,
    /// Milliseconds since 1970, as a text.
    internal_date: Option<String>,
    #[serde(default)]
    pub(super) payload: Part,
}

/// A part of a message (RFC 2045), which may be of parts itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Part {
    pub(super) mime_type: String,
    pub(super) filename: String,
    headers: Vec<Header>,
    pub(super) body: PartBody,
    pub(super) parts: Vec<Self>,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct PartBody {
    pub(super) attachment_id: Option<String>,
    /// In base64url.
    pub(super) data: Option<String>,
    pub(super) size: u64,
}

impl GmailMessage {
    /// The first header of that name, in whatever case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let headers = &self.payload.headers;
        headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    }

    /// When Gmail took it: RFC 3339 in UTC.
    pub(super) fn date(&self) -> Option<String> {
        let milliseconds = self.internal_date.as_deref()?.parse().ok()?;
        let date = DateTime::<Utc>::from_timestamp_millis(milliseconds)?;
        Some(date.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    pub(super) fn is_unread(&self) -> bool {
        self.label_ids.iter().any(|label| label == "UNREAD")
    }

    pub(super) fn snippet(&self, max: usize) -> Option<(String, bool)> {
        self.snippet.as_deref().map(|snippet| clean(snippet, max))
    }
}

/// What an agent reads of it in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Email {
    /// The id of the message, for `get_email_details`.
    id: String,
    /// The id of its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
    /// Who sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// Its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// When it arrived: RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    /// The beginning of its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<String>,
    /// Whether it is unread.
    unread: bool,
}

impl Email {
    /// The message, and whether something of it was cut.
    pub(super) fn read(message: &GmailMessage) -> (Self, bool) {
        let mut cut = false;
        let mut short = |text: Option<(String, bool)>| {
            let (text, shortened) = text?;
            cut |= shortened;
            Some(text)
        };
        let email = Self {
            id: clean(&message.id, MAX_ID).0,
            thread_id: message.thread_id.as_deref().map(|id| clean(id, MAX_ID).0),
            from: short(message.header("From").map(|from| clean(from, MAX_PEOPLE))),
            to: short(message.header("To").map(|to| clean(to, MAX_PEOPLE))),
            subject: short(message.header("Subject").map(|subject| clean(subject, MAX_SUBJECT))),
            date: message.date(),
            snippet: short(message.snippet(MAX_SNIPPET)),
            unread: message.is_unread(),
        };
        (email, cut)
    }

    /// Leaves the beginning of the text out.
    pub(super) fn drop_snippet(&mut self) {
        self.snippet = None;
    }
}
