use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{super::Context, WRITE, cell::Cell};
use crate::{
    arguments::{self, invalid},
    google::api::{self, Repeat},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "append_to_sheet";

/// Of all rows together, as JSON. Google advises to stay below 2 MB.
const MAX_BYTES: usize = 1_000_000;
const FIELDS: &str = "updates(updatedRange,updatedRows)";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the spreadsheet.
    #[schemars(length(min = 1, max = 128))]
    spreadsheet_id: String,
    /// Where the table is that the rows are put below: a cell or cells of it in A1 notation, for example 'March'!A1.
    #[schemars(length(min = 2, max = 300))]
    range: String,
    /// The rows, each a list of cells from the first column of the table. Text stays text, also where it looks like a
    /// formula, a date or a number.
    #[schemars(length(min = 1, max = 500), inner(length(min = 1, max = 200)))]
    rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Where the rows are now, in A1 notation.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated_range: Option<String>,
    /// How many rows there are.
    updated_rows: u64,
}

#[derive(Debug, Deserialize)]
struct Answer {
    updates: Updates,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Updates {
    updated_range: Option<String>,
    #[serde(default)]
    updated_rows: u64,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Append rows to a sheet",
        description: "Adds rows below a table of a Google spreadsheet. Cells are texts, numbers or true and false; \
                      nothing is read as a formula. Use read_sheet_values before, to see the columns. Returns where \
                      the rows were put.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: WRITE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /v4/spreadsheets/{spreadsheetId}/values/{range}:append"],
        page: "https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = context.values_url(&input.spreadsheet_id, &input.range, ":append")?;
    url.query_pairs_mut()
        // As it is: with USER_ENTERED a text that begins with an equals sign would be a formula.
        .append_pair("valueInputOption", "RAW")
        .append_pair("insertDataOption", "INSERT_ROWS")
        .append_pair("fields", FIELDS);
    let request = Request::post(url).json(&body(&input.rows)?);
    let response = context.send(request, Repeat::Unsafe).await?;
    let Answer { updates } = api::json(&response, Repeat::Unsafe)?;
    output(&Output {
        updated_range: updates.updated_range.map(|range| clean(&range, 300).0),
        updated_rows: updates.updated_rows,
    })
}

fn body(rows: &[Vec<Cell>]) -> Result<Value, ProviderError> {
    let values = serde_json::to_value(rows).map_err(|_| invalid("/rows", "cannot be written"))?;
    if values.to_string().len() > MAX_BYTES {
        return Err(invalid("/rows", "is more than fits into one request"));
    }
    Ok(json!({ "majorDimension": "ROWS", "values": values }))
}
