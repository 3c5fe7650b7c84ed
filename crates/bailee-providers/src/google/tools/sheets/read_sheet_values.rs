use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{super::Context, READ, cell::Cell};
use crate::{
    arguments,
    google::api::{self, Repeat},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "read_sheet_values";

/// Rows beyond so many characters are left out.
const MAX_OUTPUT: usize = 38_000;
const MAX_CELL: usize = 1_000;
const FIELDS: &str = "range,values";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the spreadsheet.
    #[schemars(length(min = 1, max = 128))]
    spreadsheet_id: String,
    /// The cells in A1 notation, for example 'March'!A1:F50. Without the name of a sheet, those of the first one.
    #[schemars(length(min = 2, max = 300))]
    range: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The range that was read, in A1 notation.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
    /// The rows, with values as they are shown. Empty cells at the end of a row and empty rows at the end are left out.
    rows: Vec<Vec<Cell>>,
    /// Whether rows at the end, or the ends of long texts, were left out: ask for fewer cells.
    truncated: bool,
}

#[derive(Debug, Deserialize)]
struct ValueRange {
    range: Option<String>,
    #[serde(default)]
    values: Vec<Vec<Value>>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Read cells of a sheet",
        description: "Reads a range of cells from a Google spreadsheet, with values as they are shown. Use it to see \
                      the columns of a table before append_to_sheet. Ask for a bounded range, such as 'March'!A1:F50. \
                      Returns rows; they may differ in length.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /v4/spreadsheets/{spreadsheetId}/values/{range}"],
        page: "https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/get",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = context.values_url(&input.spreadsheet_id, &input.range, "")?;
    url.query_pairs_mut()
        .append_pair("majorDimension", "ROWS")
        .append_pair("valueRenderOption", "FORMATTED_VALUE")
        .append_pair("fields", FIELDS);
    let response = context.send(Request::get(url), Repeat::Safe).await?;
    output(&fit(api::json(&response, Repeat::Safe)?)?)
}

/// The first rows that fit into [`MAX_OUTPUT`] characters.
fn fit(read: ValueRange) -> Result<Output, ProviderError> {
    let mut room = MAX_OUTPUT;
    let mut cut = false;
    let mut rows = Vec::new();
    for row in read.values {
        let row: Vec<Cell> = row.into_iter().map(|value| cell(value, &mut cut)).collect();
        let length = serde_json::to_string(&row).map(|text| text.chars().count() + 1);
        let length =
            length.map_err(|_| ProviderError::Malformed { problem: "the result cannot be written" })?;
        let Some(left) = room.checked_sub(length) else {
            cut = true;
            break;
        };
        room = left;
        rows.push(row);
    }
    Ok(Output { range: read.range.map(|range| clean(&range, 300).0), rows, truncated: cut })
}

fn cell(value: Value, cut: &mut bool) -> Cell {
    match value {
        Value::Bool(value) => Cell::Boolean(value),
        Value::Number(number) => Cell::Number(number),
        Value::String(text) => {
            let (text, shorter) = clean(&text, MAX_CELL);
            *cut |= shorter;
            Cell::Text(text)
        }
        // Nothing else stands in a cell.
        _ => Cell::Text(String::new()),
    }
}
