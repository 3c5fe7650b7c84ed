//! A file, as Drive answers it and as an agent reads it.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{is_file_id, is_link};
use crate::text::clean;

const MAX_NAME: usize = 150;
const MAX_MIME_TYPE: usize = 120;
const MAX_ADDRESS: usize = 254;

/// What Drive answers.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DriveFile {
    id: String,
    name: Option<String>,
    mime_type: Option<String>,
    modified_time: Option<String>,
    size: Option<String>,
    web_view_link: Option<String>,
    #[serde(default)]
    owners: Vec<DriveUser>,
    #[serde(default)]
    parents: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DriveUser {
    email_address: Option<String>,
}

/// What an agent reads.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct File {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What it is: application/vnd.google-apps.document, .spreadsheet and .folder are Google's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    /// When it was last changed, RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    /// Its bytes; absent for folders.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// The id of the folder that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder_id: Option<String>,
    /// The e-mail address of its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl File {
    /// The file with short texts, and whether its name was cut; `None` where the id is none.
    pub(super) fn read(file: DriveFile) -> Option<(Self, bool)> {
        let (name, cut) = clean(file.name.as_deref().unwrap_or_default(), MAX_NAME);
        let address = file.owners.into_iter().find_map(|owner| owner.email_address);
        let read = Self {
            id: Some(file.id).filter(|id| is_file_id(id))?,
            name,
            mime_type: file.mime_type.map(|kind| clean(&kind, MAX_MIME_TYPE).0),
            modified: file.modified_time.as_deref().and_then(in_utc),
            size: file.size.and_then(|size| size.parse().ok()),
            folder_id: file.parents.into_iter().next().filter(|id| is_file_id(id)),
            owner: address.map(|address| clean(&address, MAX_ADDRESS).0),
            url: file.web_view_link.filter(|link| is_link(link)),
        };
        Some((read, cut))
    }

    /// Leaves out what can be found by the id.
    pub(super) fn shorten(&mut self, max_name: usize) {
        self.name = clean(&self.name, max_name).0;
        self.owner = None;
        self.url = None;
    }
}

fn in_utc(text: &str) -> Option<String> {
    let moment = DateTime::parse_from_rfc3339(text).ok()?;
    Some(moment.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::Secs, true))
}
