use http::StatusCode;
use serde_json::{Value, json};

use super::{
    range::{Range, column_name, sheet_name},
    spreadsheet::{Cell, Spreadsheet},
};
use crate::{
    mock_google::api_error,
    mock_provider::{Answer, RecordedRequest},
};

/// A range of the one sheet that there is.
fn read(spreadsheet: &Spreadsheet, text: &str) -> Result<Range, Answer> {
    let range = Range::read(text).filter(|range| {
        range.sheet.as_ref().is_none_or(|sheet| sheet.eq_ignore_ascii_case(&spreadsheet.sheet))
    });
    range.ok_or_else(|| api_error::invalid_argument(&format!("Unable to parse range: {text}")))
}

/// `spreadsheets.values.get`: rows without the empty cells at their ends, and without the empty rows at the end.
pub(super) fn get(spreadsheet: &Spreadsheet, text: &str, request: &RecordedRequest) -> Answer {
    let range = match read(spreadsheet, text) {
        Ok(range) => range,
        Err(answer) => return answer,
    };
    let render: fn(&Cell) -> Value = match request.query("valueRenderOption") {
        None | Some("FORMATTED_VALUE") => |cell| json!(cell.shown()),
        Some("UNFORMATTED_VALUE") => |cell| match cell {
            Cell::Value(value) => value.clone(),
            other => json!(other.shown()),
        },
        Some("FORMULA") => |cell| match cell {
            Cell::Formula(formula) => json!(formula),
            Cell::Value(value) => value.clone(),
            Cell::Empty => json!(""),
        },
        Some(_) => return api_error::invalid_argument("Invalid value at 'value_render_option'"),
    };
    let (first, last) = range.rows;
    let rows =
        spreadsheet.rows.iter().skip(first).take(last.map_or(usize::MAX, |last| last.saturating_sub(first)));
    let (left, right) = range.columns;
    let width = right.map_or(usize::MAX, |right| right.saturating_sub(left));
    let mut values: Vec<Vec<Value>> = rows
        .map(|row| {
            let cells: Vec<&Cell> = row.iter().skip(left).take(width).collect();
            let filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
            cells.into_iter().take(filled).map(render).collect()
        })
        .collect();
    values.truncate(values.iter().rposition(|row| !row.is_empty()).map_or(0, |last| last + 1));
    let range = format!("{}!{}", sheet_name(&spreadsheet.sheet), text.rsplit('!').next().unwrap_or_default());
    let mut body = json!({ "range": range, "majorDimension": "ROWS" });
    // Without a value there is no list of them.
    if let (false, Some(members)) = (values.is_empty(), body.as_object_mut()) {
        members.insert("values".to_owned(), json!(values));
    }
    Answer::json(StatusCode::OK, &body)
}

/// `spreadsheets.values.append`: below the table that begins in the first row of the range and ends before the next empty
/// row, from the first column of the range on. Google looks for the table more cleverly.
pub(super) fn append(
    spreadsheet: &mut Spreadsheet,
    id: &str,
    text: &str,
    request: &RecordedRequest,
) -> Answer {
    let range = match read(spreadsheet, text) {
        Ok(range) => range,
        Err(answer) => return answer,
    };
    let cell: fn(Value) -> Cell = match request.query("valueInputOption") {
        Some("RAW") => Cell::raw,
        Some("USER_ENTERED") => Cell::typed,
        _ => return api_error::invalid_argument("'valueInputOption' is required but not specified"),
    };
    let asked = request.json.as_ref().and_then(|body| body.get("values")).and_then(Value::as_array);
    let rows: Option<Vec<Vec<Value>>> =
        asked.map(|rows| rows.iter().filter_map(|row| row.as_array().cloned()).collect());
    let Some(rows) = rows.filter(|rows| rows.len() == asked.map_or(0, Vec::len)) else {
        return api_error::invalid_argument("Invalid value at 'data.values'");
    };
    let (first, left) = (range.rows.0, range.columns.0);
    let is_filled = |row: &&Vec<Cell>| row.iter().any(|cell| !cell.is_empty());
    let at = first + spreadsheet.rows.iter().skip(first).take_while(is_filled).count();
    while spreadsheet.rows.len() < at {
        spreadsheet.rows.push(Vec::new());
    }
    let count = rows.len();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let cells: usize = rows.iter().map(Vec::len).sum();
    let filled = rows.into_iter().map(|row| {
        let before = std::iter::repeat_n(Cell::Empty, left);
        before.chain(row.into_iter().map(cell)).collect()
    });
    // Nothing is overwritten: rows below the table move down.
    spreadsheet.rows.splice(at..at, filled.collect::<Vec<_>>());
    let corner = |row: usize, column: usize| format!("{}{}", column_name(column), row + 1);
    let (from, to) = (corner(at, left), corner(at + count.max(1) - 1, left + columns.max(1) - 1));
    let updates = json!({
        "spreadsheetId": id,
        "updatedRange": format!("{}!{from}:{to}", sheet_name(&spreadsheet.sheet)),
        "updatedRows": count,
        "updatedColumns": columns,
        "updatedCells": cells,
    });
    Answer::json(StatusCode::OK, &json!({ "spreadsheetId": id, "updates": updates }))
}
