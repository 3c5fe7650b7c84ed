use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{Context, below, is_file_id},
    CREATE,
};
use crate::{
    arguments,
    google::api::{self, Repeat},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "create_spreadsheet";

const FIELDS: &str = "spreadsheetId,sheets/properties/title";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The title.
    #[schemars(length(min = 1, max = 400))]
    title: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Its id, to be used as `spreadsheet_id`.
    id: String,
    /// Its page.
    url: String,
    /// The name of its one, empty sheet, to be used in ranges.
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spreadsheet {
    spreadsheet_id: String,
    #[serde(default)]
    sheets: Vec<Sheet>,
}

#[derive(Debug, Deserialize)]
struct Sheet {
    properties: SheetProperties,
}

#[derive(Debug, Deserialize)]
struct SheetProperties {
    title: String,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Create a spreadsheet",
        description: "Creates an empty spreadsheet in the user's Google Drive. Use append_to_sheet afterwards to fill \
                      it, and move_file_to_folder to put it elsewhere. Returns its id, its page and the name of its \
                      first sheet.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: CREATE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /v4/spreadsheets"],
        page: "https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/create",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = below(&context.google.endpoints.sheets, &["spreadsheets"])?;
    url.query_pairs_mut().append_pair("fields", FIELDS);
    let body = json!({ "properties": { "title": input.title } });
    let response = context.send(Request::post(url).json(&body), Repeat::Unsafe).await?;
    let made: Spreadsheet = api::json(&response, Repeat::Unsafe)?;
    if !is_file_id(&made.spreadsheet_id) {
        return Err(ProviderError::OutcomeUnknown);
    }
    output(&Output {
        url: format!("https://docs.google.com/spreadsheets/d/{}/edit", made.spreadsheet_id),
        id: made.spreadsheet_id,
        sheet: made.sheets.first().map(|sheet| clean(&sheet.properties.title, 200).0),
    })
}
