//! Google Drive API version 3.

mod create_folder;
mod file;
mod list_files;
mod listing;
mod move_file_to_folder;

use url::Url;

use super::{Context, below, is_file_id};
use crate::{arguments::invalid, tool::Draft};
use bailee_core::{ProviderError, ToolOutput};

use listing::quoted;
pub(super) use listing::{FILE_REQUEST, Listing, Search, contains};

pub(super) const NAMES: [&str; 3] = [create_folder::NAME, list_files::NAME, move_file_to_folder::NAME];

/// The files of this app and those that the user opened with it, or all.
const WRITE: &[&str] =
    &["https://www.googleapis.com/auth/drive.file", "https://www.googleapis.com/auth/drive"];
/// Whoever reads all files, or all their names, sees more; consent asks for what needs no review by Google.
pub(super) const LIST: &[&str] = &[
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/drive.metadata.readonly",
    "https://www.googleapis.com/auth/drive.metadata",
    "https://www.googleapis.com/auth/drive.readonly",
    "https://www.googleapis.com/auth/drive",
];

pub(super) fn drafts() -> Vec<Draft> {
    vec![create_folder::draft(), list_files::draft(), move_file_to_folder::draft()]
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    match context.tool.name.as_str() {
        create_folder::NAME => create_folder::call(context).await,
        list_files::NAME => list_files::call(context).await,
        move_file_to_folder::NAME => move_file_to_folder::call(context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

impl Context<'_> {
    /// `/files` or, where one is named, `/files/{fileId}`; for shared drives too, and with only these fields.
    fn files_url(&self, file_id: Option<&str>, fields: &str) -> Result<Url, ProviderError> {
        let mut segments = vec!["files"];
        segments.extend(file_id);
        let mut url = below(&self.google.endpoints.drive, &segments)?;
        url.query_pairs_mut().append_pair("supportsAllDrives", "true").append_pair("fields", fields);
        Ok(url)
    }
}

/// Refuses what is not the id of a file, before it gets near an address or a search.
fn checked<'a>(id: &'a str, pointer: &'static str) -> Result<&'a str, ProviderError> {
    if is_file_id(id) { Ok(id) } else { Err(invalid(pointer, "is not the id of a file or folder")) }
}
