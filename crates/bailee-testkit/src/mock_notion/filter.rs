//! The filters and sorts that the mock knows.

use serde_json::{Map, Value};

use super::{answer::validation, workspace::plain_text};
use crate::mock_provider::Answer;

/// Whether a row fits a filter; a filter over a column that is not there is refused.
pub(super) fn fits(
    filter: &Value,
    columns: &Map<String, Value>,
    row: &Map<String, Value>,
) -> Result<bool, Answer> {
    let all = |name: &str| -> Result<Option<Vec<bool>>, Answer> {
        let parts = filter.get(name).and_then(Value::as_array);
        parts.map(|parts| parts.iter().map(|part| fits(part, columns, row)).collect()).transpose()
    };
    if let Some(parts) = all("and")? {
        return Ok(parts.into_iter().all(|fits| fits));
    }
    if let Some(parts) = all("or")? {
        return Ok(parts.into_iter().any(|fits| fits));
    }
    let name = filter.get("property").and_then(Value::as_str).unwrap_or_default();
    let kind = kind(columns, name)?;
    let Some((operator, operand)) =
        filter.get(kind).and_then(Value::as_object).and_then(|condition| condition.iter().next())
    else {
        return Err(validation(&format!("body.filter.{kind} should be defined.")));
    };
    let value = row.get(name).map(|property| simple(property, kind)).unwrap_or_default();
    match operator.as_str() {
        "equals" => Ok(value == *operand),
        "contains" => {
            let operand = operand.as_str().unwrap_or_default();
            Ok(value.as_str().is_some_and(|text| text.contains(operand)))
        }
        "is_empty" => Ok(value.is_null() || value == ""),
        _ => Err(validation("The mock does not know the condition.")),
    }
}

/// Sorts by a column, or by when a row was made, which is the order that they have.
pub(super) fn sort(rows: &mut [Value], sort: &Value, columns: &Map<String, Value>) -> Result<(), Answer> {
    let descending = sort.get("direction").is_some_and(|direction| direction == "descending");
    if let Some(name) = sort.get("property").and_then(Value::as_str) {
        let kind = kind(columns, name)?;
        let key = |row: &Value| {
            let property = row.get("properties").and_then(|row| row.get(name));
            property.map(|property| simple(property, kind).to_string())
        };
        rows.sort_by_key(key);
    }
    if descending {
        rows.reverse();
    }
    Ok(())
}

fn kind<'a>(columns: &'a Map<String, Value>, name: &str) -> Result<&'a str, Answer> {
    let column = columns.get(name).and_then(|column| column.get("type")?.as_str());
    column.ok_or_else(|| validation(&format!("Could not find property with name or id: {name}")))
}

/// A value that can be compared.
fn simple(property: &Value, kind: &str) -> Value {
    let value = property.get(kind).unwrap_or(&Value::Null);
    match kind {
        "title" | "rich_text" => plain_text(value).into(),
        "select" | "status" => value.get("name").cloned().unwrap_or_default(),
        _ => value.clone(),
    }
}
