//! Messages as Gmail describes them, and messages as they are sent.

use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use serde_json::{Value, json};

/// A message of plain text from somebody to Ada, with a message id of its own.
#[must_use]
pub fn letter(from: &str, subject: &str, text: &str) -> Value {
    json!({
        "snippet": text,
        "payload": {
            "partId": "",
            "mimeType": "text/plain",
            "filename": "",
            "headers": [
                { "name": "From", "value": from },
                { "name": "to", "value": "ada@example.test" },
                { "name": "Subject", "value": subject },
                { "name": "Message-ID", "value": "<m1@example.test>" },
            ],
            "body": { "size": text.len(), "data": URL_SAFE.encode(text) },
        },
    })
}

/// A message in HTML, and in plain text where one is given, with a file.
#[must_use]
pub fn html(html: &str, plain: Option<&str>) -> Value {
    let part = |mime_type: &str, text: &str| {
        let body = json!({ "size": text.len(), "data": URL_SAFE.encode(text) });
        json!({ "partId": "0.0", "mimeType": mime_type, "filename": "", "headers": [], "body": body })
    };
    let texts: Vec<Value> =
        plain.map(|plain| part("text/plain", plain)).into_iter().chain([part("text/html", html)]).collect();
    let file = json!({ "attachmentId": "ANGjdJ8", "size": 4096 });
    json!({ "payload": {
        "partId": "",
        "mimeType": "multipart/mixed",
        "filename": "",
        "headers": [{ "name": "Subject", "value": "Menu" }],
        "body": { "size": 0 },
        "parts": [
            { "partId": "0", "mimeType": "multipart/alternative", "filename": "", "body": { "size": 0 }, "parts": texts },
            { "partId": "1", "mimeType": "application/pdf", "filename": "menu.pdf", "body": file },
        ],
    } })
}

/// A header of a message that was sent, folded as it is.
#[must_use]
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = message.split_once("\r\n\r\n")?;
    let start = format!("{name}: ");
    let value = head
        .strip_prefix(&start)
        .or_else(|| head.split_once(&format!("\r\n{start}")).map(|(_, rest)| rest))?;
    let ends = value.match_indices("\r\n").map(|(at, _)| at);
    let end = ends.into_iter().find(|at| !value.get(at + 2..).is_some_and(|next| next.starts_with(' ')));
    value.get(..end.unwrap_or(value.len()))
}
