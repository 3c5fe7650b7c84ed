use serde_json::{Value, json};

use super::{
    answer::{ok, put, validation},
    workspace::{Entry, Kind, Workspace, plain_text},
};
use crate::mock_provider::Answer;

/// What a cursor begins with: it is opaque.
const CURSOR: &str = "mock-cursor-";

/// `POST /v1/search`: the titles of pages and data sources.
pub(super) fn search(workspace: &Workspace, body: &Value, most: usize) -> Result<Answer, Answer> {
    let wanted = match body.pointer("/filter/value").and_then(Value::as_str) {
        None => None,
        Some("page") => Some(Kind::Page),
        Some("data_source") => Some(Kind::DataSource),
        Some(_) => return Err(validation("body.filter.value should be \"page\" or \"data_source\".")),
    };
    let words = body.get("query").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let fits = |entry: &&Entry| {
        let kind = entry.kind != Kind::Database && wanted.is_none_or(|wanted| wanted == entry.kind);
        kind && entry.shared && title(&entry.body).to_lowercase().contains(&words)
    };
    let found: Vec<Value> = workspace.entries.values().filter(fits).map(|entry| entry.body.clone()).collect();
    Ok(ok(&objects(&found, body, most)?))
}

/// A page of pages and data sources.
pub(super) fn objects(found: &[Value], body: &Value, most: usize) -> Result<Value, Answer> {
    let mut list = paged(found, body, most)?;
    put(&mut list, "type", json!("page_or_data_source"));
    put(&mut list, "page_or_data_source", json!({}));
    Ok(list)
}

/// As many of the entries as were asked for, and at most `most`, from the cursor on.
pub(super) fn paged(found: &[Value], asked: &Value, most: usize) -> Result<Value, Answer> {
    let size = match asked.get("page_size").filter(|size| !size.is_null()) {
        None => 100,
        Some(size) => match size.as_u64().and_then(|size| usize::try_from(size).ok()) {
            Some(size @ 1..=100) => size,
            _ => return Err(validation("page_size should be between 1 and 100.")),
        },
    };
    let start = match asked.get("start_cursor").filter(|cursor| !cursor.is_null()) {
        None => 0,
        Some(cursor) => cursor
            .as_str()
            .and_then(|cursor| cursor.strip_prefix(CURSOR)?.parse::<usize>().ok())
            .ok_or_else(|| validation("The start_cursor provided is invalid."))?,
    };
    let rest = found.get(start..).unwrap_or_default();
    let page: Vec<&Value> = rest.iter().take(size.min(most)).collect();
    let end = start + page.len();
    let more = rest.len() > page.len();
    Ok(json!({
        "object": "list",
        "results": page,
        "has_more": more,
        "next_cursor": more.then(|| format!("{CURSOR}{end}")),
    }))
}

/// The title of a page or a data source.
pub(super) fn title(body: &Value) -> String {
    let properties = body.get("properties").and_then(Value::as_object);
    let of_page = || properties?.values().map(|property| &property["title"]).find(|title| title.is_array());
    body.get("title").or_else(of_page).map(plain_text).unwrap_or_default()
}
