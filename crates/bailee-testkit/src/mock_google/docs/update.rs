//! `documents.batchUpdate`: all requests, or none.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{document::Document, style};
use crate::{
    mock_google::api_error,
    mock_provider::{Answer, RecordedRequest},
};

/// What is wrong with a request.
pub(super) type Problem = String;

pub(super) fn batch_update(id: &str, document: &mut Document, request: &RecordedRequest) -> Answer {
    let Some(Value::Object(asked)) = &request.json else {
        return api_error::invalid_argument("Invalid JSON payload received.");
    };
    let required = asked.get("writeControl").and_then(|control| control.get("requiredRevisionId"));
    if required.is_some_and(|required| *required != document.revision()) {
        return api_error::invalid_argument(
            "The required revision ID does not match the latest revision of the document.",
        );
    }
    let requests = asked.get("requests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if requests.is_empty() {
        return api_error::invalid_argument("Must specify at least one request.");
    }
    let mut changed = document.clone();
    for (number, request) in requests.iter().enumerate() {
        if let Err(problem) = apply(&mut changed, request) {
            return api_error::invalid_argument(&format!("Invalid requests[{number}]: {problem}"));
        }
    }
    changed.revision += 1;
    *document = changed;
    let body = json!({
        "documentId": id,
        "replies": vec![json!({}); requests.len()],
        "writeControl": { "requiredRevisionId": document.revision() },
    });
    Answer::json(StatusCode::OK, &body)
}

fn apply(document: &mut Document, request: &Value) -> Result<(), Problem> {
    let mut members = request.as_object().into_iter().flatten();
    let (Some((kind, asked)), None) = (members.next(), members.next()) else {
        return Err("exactly one kind of request is expected".to_owned());
    };
    match kind.as_str() {
        "insertText" => insert(document, asked),
        "updateTextStyle" => style::text(document, range(document, asked)?, asked),
        "updateParagraphStyle" => style::paragraph(document, range(document, asked)?, asked),
        "createParagraphBullets" => style::bullets(document, range(document, asked)?, asked),
        "deleteParagraphBullets" => {
            style::no_bullets(document, range(document, asked)?);
            Ok(())
        }
        other => Err(format!("the mock has no {other}")),
    }
}

fn insert(document: &mut Document, asked: &Value) -> Result<(), Problem> {
    let text = asked.get("text").and_then(Value::as_str).unwrap_or_default();
    let end = document.end();
    let index = match (asked.get("location"), asked.get("endOfSegmentLocation")) {
        (Some(location), None) => number(location, "index").unwrap_or_default(),
        (None, Some(_)) => end - 1,
        _ => return Err("exactly one location is expected".to_owned()),
    };
    if text.is_empty() {
        return Err("the text is empty".to_owned());
    }
    if index == 0 || index >= end {
        let bound =
            format!("Index {index} must be less than the end index of the referenced segment, {end}.");
        return Err(format!(
            "{bound} The insertion index must be inside the bounds of an existing paragraph."
        ));
    }
    document.insert(index, text);
    Ok(())
}

/// From where to before where.
pub(super) type Range = (usize, usize);

fn range(document: &Document, asked: &Value) -> Result<Range, Problem> {
    let range = asked.get("range").ok_or("a range is expected")?;
    let bounds = number(range, "startIndex").zip(number(range, "endIndex"));
    let (start, end) = bounds.ok_or("a range has a start and an end")?;
    if start >= end {
        return Err("The range should not be empty.".to_owned());
    }
    if start == 0 || end > document.end() {
        return Err(format!("the range ends after the segment, which ends at {}", document.end()));
    }
    Ok((start, end))
}

fn number(object: &Value, name: &str) -> Option<usize> {
    object.get(name)?.as_u64().and_then(|number| usize::try_from(number).ok())
}

/// The names of a mask, and what is set for each; a name with nothing to set is reset.
pub(super) fn masked<'a>(
    asked: &'a Value,
    style: &str,
    known: &[&'static str],
) -> Result<Vec<(&'static str, Option<&'a Value>)>, Problem> {
    let nothing = Map::new();
    let set = asked.get(style).and_then(Value::as_object);
    let mask = asked.get("fields").and_then(Value::as_str).unwrap_or_default();
    let named: Vec<&str> =
        if mask == "*" { known.to_vec() } else { mask.split(',').map(str::trim).collect() };
    if let Some(other) = set.unwrap_or(&nothing).keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("the mock has no style {other}"));
    }
    let find = |name: &str| {
        let name = known.iter().find(|known| **known == name).ok_or_else(|| format!("no field {name:?}"))?;
        Ok((*name, set.and_then(|set| set.get(*name))))
    };
    named.into_iter().map(find).collect()
}
