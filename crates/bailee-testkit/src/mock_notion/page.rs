use serde_json::{Map, Value, json};

use super::{
    answer::{ok, put, validation},
    block,
    workspace::{Kind, Workspace, answered, id_in},
};
use crate::mock_provider::Answer;

/// `POST /v1/pages`.
pub(super) fn create(workspace: &mut Workspace, body: &Value) -> Result<Answer, Answer> {
    let parent = body.get("parent").ok_or_else(|| validation("body.parent should be defined."))?;
    let empty = Map::new();
    let given = body.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let (parent, properties) = match (id_in(parent, "page_id"), data_source(workspace, parent)?) {
        (Some(page), None) => {
            workspace.find(&page, Kind::Page)?;
            (json!({ "type": "page_id", "page_id": page }), titled(given)?)
        }
        (None, Some((source, database))) => {
            let columns = columns(workspace, &source)?;
            let parent =
                json!({ "type": "data_source_id", "data_source_id": source, "database_id": database });
            (parent, row(&columns, given, true)?)
        }
        _ => return Err(validation("body.parent should have one id.")),
    };
    let children = body.get("children").cloned().unwrap_or_else(|| json!([]));
    let blocks = block::made(workspace, &children, 0)?;
    let id = workspace.add_page(&parent, properties);
    let entry = workspace.find_mut(&id, Kind::Page)?;
    entry.blocks = blocks;
    Ok(ok(&entry.body))
}

/// The data source of a parent, and its database.
fn data_source(workspace: &Workspace, parent: &Value) -> Result<Option<(String, String)>, Answer> {
    let source = match (id_in(parent, "data_source_id"), id_in(parent, "database_id")) {
        (Some(source), _) => source,
        (None, Some(database)) => {
            let entry = workspace.find(&database, Kind::Database)?;
            let sources = entry.body.get("data_sources").and_then(Value::as_array);
            match sources.map(Vec::as_slice) {
                Some([only]) => id_in(only, "id").unwrap_or_default(),
                _ => return Err(validation("Databases with multiple data sources are not supported here.")),
            }
        }
        (None, None) => return Ok(None),
    };
    let entry = workspace.find(&source, Kind::DataSource)?;
    let database = entry.body.pointer("/parent/database_id").and_then(Value::as_str).unwrap_or_default();
    Ok(Some((source, database.to_owned())))
}

pub(super) fn columns(workspace: &Workspace, source: &str) -> Result<Map<String, Value>, Answer> {
    let entry = workspace.find(source, Kind::DataSource)?;
    Ok(entry.body.get("properties").and_then(Value::as_object).cloned().unwrap_or_default())
}

/// The properties of a page that is no row: its title, and nothing else.
fn titled(given: &Map<String, Value>) -> Result<Map<String, Value>, Answer> {
    if given.keys().any(|name| name != "title") {
        return Err(validation("Only title is a property of a page below a page."));
    }
    let title =
        given.get("title").and_then(|property| property.get("title")).cloned().unwrap_or_else(|| json!([]));
    let property = json!({ "id": "title", "type": "title", "title": answered(&title) });
    Ok(Map::from_iter([("title".to_owned(), property)]))
}

/// The properties of a row, by the columns of its data source.
fn row(
    columns: &Map<String, Value>,
    given: &Map<String, Value>,
    whole: bool,
) -> Result<Map<String, Value>, Answer> {
    if let Some(unknown) = given.keys().find(|name| !columns.contains_key(*name)) {
        return Err(validation(&format!("{unknown} is not a property that exists.")));
    }
    let mut row = Map::new();
    for (name, column) in columns {
        let text = |name: &str| column.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, kind) = (text("id"), text("type"));
        let value = match given.get(name) {
            None if whole => empty(&kind),
            None => continue,
            Some(value) => {
                let value = value.get(&kind);
                let value = value.ok_or_else(|| validation(&format!("{name} is expected to be {kind}.")))?;
                stored(&kind, value)
            }
        };
        row.insert(name.clone(), json!({ "id": id, "type": kind, kind: value }));
    }
    Ok(row)
}

fn empty(kind: &str) -> Value {
    match kind {
        "title" | "rich_text" | "multi_select" | "people" | "files" | "relation" => json!([]),
        "checkbox" => json!(false),
        _ => Value::Null,
    }
}

fn stored(kind: &str, value: &Value) -> Value {
    let option = |option: &Value| {
        let name = option.get("name").cloned().unwrap_or_default();
        json!({ "id": "option", "name": name, "color": "default" })
    };
    match kind {
        "title" | "rich_text" => answered(value),
        "select" | "status" if value.is_object() => option(value),
        "multi_select" => value.as_array().into_iter().flatten().map(option).collect(),
        _ => value.clone(),
    }
}

/// `GET /v1/pages/{page_id}`.
pub(super) fn get(workspace: &Workspace, id: &str) -> Result<Answer, Answer> {
    Ok(ok(&workspace.find(id, Kind::Page)?.body))
}

/// `PATCH /v1/pages/{page_id}`.
pub(super) fn update(workspace: &mut Workspace, id: &str, body: &Value) -> Result<Answer, Answer> {
    let empty = Map::new();
    let given = body.get("properties").and_then(Value::as_object).unwrap_or(&empty);
    let page = workspace.find(id, Kind::Page)?;
    let source = page.body.get("parent").and_then(|parent| id_in(parent, "data_source_id"));
    let changed = match source {
        Some(source) => row(&columns(workspace, &source)?, given, false)?,
        None if given.is_empty() => Map::new(),
        None => titled(given)?,
    };
    let page = &mut workspace.find_mut(id, Kind::Page)?.body;
    for (name, value) in changed {
        if let Some(properties) = page.get_mut("properties") {
            put(properties, &name, value);
        }
    }
    for name in ["in_trash", "is_locked"] {
        if let Some(value) = body.get(name) {
            put(page, name, value.clone());
        }
    }
    put(page, "last_edited_time", json!("2026-03-02T09:00:00.000Z"));
    Ok(ok(page))
}

/// `GET /v1/pages/{page_id}/markdown`.
pub(super) fn markdown(workspace: &Workspace, id: &str) -> Result<Answer, Answer> {
    let page = workspace.find(id, Kind::Page)?;
    let text = block::markdown(&page.blocks);
    Ok(ok(&json!({
        "object": "page_markdown", "id": id, "markdown": text, "truncated": false, "unknown_block_ids": [],
    })))
}
