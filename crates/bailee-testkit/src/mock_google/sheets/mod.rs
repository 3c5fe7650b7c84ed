//! The part of the Sheets API, version 4, that the tools need.

mod range;
mod spreadsheet;
mod values;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    api::{Api, Call, decoded},
    api_error,
    drive::{Content, Sight},
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest};

pub(super) use spreadsheet::Spreadsheet;

/// `POST /spreadsheets`.
pub const SPREADSHEETS_CREATE: Endpoint = Endpoint::Api("sheets.spreadsheets.create");
/// `POST /spreadsheets/{spreadsheetId}/values/{range}:append`.
pub const VALUES_APPEND: Endpoint = Endpoint::Api("sheets.spreadsheets.values.append");
/// `GET /spreadsheets/{spreadsheetId}/values/{range}`.
pub const VALUES_GET: Endpoint = Endpoint::Api("sheets.spreadsheets.values.get");

/// Where the API lives on the mock.
pub(super) const BASE: &str = "/v4";
const APPEND: &str = ":append";

pub(super) const API: Api = Api { service: "sheets.googleapis.com", route, accepted, carry_out };

fn route(request: &RecordedRequest) -> Option<Endpoint> {
    let path = request.path.strip_prefix(BASE)?;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["spreadsheets"]) => Some(SPREADSHEETS_CREATE),
        (&Method::POST, ["spreadsheets", _, "values", range]) if range.ends_with(APPEND) => {
            Some(VALUES_APPEND)
        }
        (&Method::GET, ["spreadsheets", _, "values", range]) if !range.is_empty() => Some(VALUES_GET),
        _ => None,
    }
}

fn accepted(method: Endpoint) -> &'static [&'static str] {
    if method == VALUES_GET {
        &["drive", "drive.file", "drive.readonly", "spreadsheets", "spreadsheets.readonly"]
    } else {
        &["drive", "drive.file", "spreadsheets"]
    }
}

/// The scopes with which all spreadsheets are seen, and not only those of the app.
const SEES_ALL: [&str; 4] = ["drive", "drive.readonly", "spreadsheets", "spreadsheets.readonly"];

fn carry_out(call: &mut Call<'_>) -> Answer {
    let sight = Sight::of(call, &SEES_ALL);
    let now = call.time.now();
    let drive = call.state.drive(&call.account.sub);
    if call.method == SPREADSHEETS_CREATE {
        let asked = call.request.json.as_ref().unwrap_or(&Value::Null);
        let title =
            asked.pointer("/properties/title").and_then(Value::as_str).unwrap_or("Untitled spreadsheet");
        let sheet = asked.pointer("/sheets/0/properties/title").and_then(Value::as_str).unwrap_or("Sheet1");
        let spreadsheet = Spreadsheet::of(sheet, &[]);
        let id = drive.add(title, Content::Spreadsheet(spreadsheet.clone()), Some(&sight.project), now);
        return Answer::json(StatusCode::OK, &described(&id, title, &spreadsheet));
    }
    let mut parts = call.request.path.split('/').skip(3).map(decoded);
    let (id, range) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    match (drive.file(&id), drive.seen(&id, &sight)) {
        (None, _) => return not_found(),
        (Some(_), None) => {
            let message = "The caller does not have permission";
            return api_error::status(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message);
        }
        (Some(_), Some(_)) => {}
    }
    let Some(Content::Spreadsheet(spreadsheet)) = drive.file_mut(&id).map(|file| &mut file.content) else {
        return not_found();
    };
    if call.method == VALUES_APPEND {
        let range = range.strip_suffix(APPEND).unwrap_or(&range);
        values::append(spreadsheet, &id, range, call.request)
    } else {
        values::get(spreadsheet, &range, call.request)
    }
}

fn not_found() -> Answer {
    api_error::status(StatusCode::NOT_FOUND, "NOT_FOUND", "Requested entity was not found.")
}

fn described(id: &str, title: &str, spreadsheet: &Spreadsheet) -> Value {
    let sheet = json!({ "properties": {
        "sheetId": 0,
        "title": spreadsheet.sheet,
        "index": 0,
        "sheetType": "GRID",
        "gridProperties": { "rowCount": 1000, "columnCount": 26 },
    } });
    json!({
        "spreadsheetId": id,
        "properties": { "title": title, "locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": "Etc/GMT" },
        "sheets": [sheet],
        "spreadsheetUrl": format!("https://docs.google.com/spreadsheets/d/{id}/edit"),
    })
}
