//! Google Sheets API version 4.

mod append_to_sheet;
mod cell;
mod create_spreadsheet;
mod range;
mod read_sheet_values;

use url::Url;

use super::{Context, below, is_file_id};
use crate::{arguments::invalid, tool::Draft};
use bailee_core::{ProviderError, ToolOutput};

pub(super) const NAMES: [&str; 3] =
    [create_spreadsheet::NAME, append_to_sheet::NAME, read_sheet_values::NAME];

/// A new spreadsheet is a file of this app, so the narrowest scope is enough.
const CREATE: &[&str] = &[
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive",
];
/// `drive.file` covers the files of this app, and no others.
const WRITE: &[&str] = &[
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/drive",
];
const READ: &[&str] = &[
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/spreadsheets.readonly",
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/drive.readonly",
    "https://www.googleapis.com/auth/drive",
];

pub(super) fn drafts() -> Vec<Draft> {
    vec![create_spreadsheet::draft(), append_to_sheet::draft(), read_sheet_values::draft()]
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    match context.tool.name.as_str() {
        create_spreadsheet::NAME => create_spreadsheet::call(context).await,
        append_to_sheet::NAME => append_to_sheet::call(context).await,
        read_sheet_values::NAME => read_sheet_values::call(context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

impl Context<'_> {
    /// `/spreadsheets/{spreadsheetId}/values/{range}`, and what is done there.
    fn values_url(&self, spreadsheet_id: &str, range: &str, verb: &str) -> Result<Url, ProviderError> {
        if !is_file_id(spreadsheet_id) {
            return Err(invalid("/spreadsheet_id", "is not the id of a spreadsheet"));
        }
        let range = range::canonical(range).ok_or_else(|| invalid("/range", range::PROBLEM))?;
        let values = ["spreadsheets", spreadsheet_id, "values", &format!("{range}{verb}")];
        below(&self.google.endpoints.sheets, &values)
    }
}
