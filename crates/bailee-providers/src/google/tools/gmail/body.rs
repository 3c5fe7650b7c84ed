//! The text of a message, and what is attached to it.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{html, message::Part};
use crate::text::clean;

/// Google's samples have padding and have none.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const MAX_ATTACHMENTS: usize = 20;
const MAX_NAME: usize = 200;

/// A file that comes with a message.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Attachment {
    /// Its name.
    filename: String,
    /// Its media type.
    mime_type: String,
    /// Its length in bytes.
    size: u64,
}

/// The plain text of a message, or else the text of its HTML; none where it has neither.
pub(super) fn text(payload: &Part) -> Option<String> {
    let leaf = |mime_type: &str| {
        let parts = leaves(payload);
        parts.into_iter().filter(|part| part.mime_type.eq_ignore_ascii_case(mime_type)).find_map(decoded)
    };
    leaf("text/plain").or_else(|| leaf("text/html").map(|html| html::text(&html)))
}

/// The first attachments, and whether there are more.
pub(super) fn attachments(payload: &Part) -> (Vec<Attachment>, bool) {
    let mut files = leaves(payload).into_iter().filter(|part| !part.filename.is_empty());
    let first = files.by_ref().take(MAX_ATTACHMENTS).map(|part| Attachment {
        filename: clean(&part.filename, MAX_NAME).0,
        mime_type: clean(&part.mime_type, MAX_NAME).0,
        size: part.body.size,
    });
    let first = first.collect();
    (first, files.next().is_some())
}

/// The parts that are of no parts themselves, in their order.
fn leaves(payload: &Part) -> Vec<&Part> {
    let (mut found, mut open) = (Vec::new(), vec![payload]);
    while let Some(part) = open.pop() {
        if part.parts.is_empty() {
            found.push(part);
        }
        open.extend(part.parts.iter().rev());
    }
    found
}

/// A text that stands in the message itself. An attached one is a file, and a large one is kept apart.
fn decoded(part: &Part) -> Option<String> {
    if !part.filename.is_empty() || part.body.attachment_id.is_some() {
        return None;
    }
    let bytes = BASE64URL.decode(part.body.data.as_deref()?).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
