use serde_json::{Map, Value, json};

use super::{
    answer::{ok, validation},
    filter, page, search,
    workspace::{Kind, Workspace, answered, id_in},
};
use crate::mock_provider::Answer;

/// `GET /v1/databases/{database_id}`.
pub(super) fn database(workspace: &Workspace, id: &str) -> Result<Answer, Answer> {
    Ok(ok(&workspace.find(id, Kind::Database)?.body))
}

/// `GET /v1/data_sources/{data_source_id}`.
pub(super) fn data_source(workspace: &Workspace, id: &str) -> Result<Answer, Answer> {
    Ok(ok(&workspace.find(id, Kind::DataSource)?.body))
}

/// `POST /v1/databases`, below a page.
pub(super) fn create(workspace: &mut Workspace, body: &Value) -> Result<Answer, Answer> {
    let parent = body.get("parent").and_then(|parent| id_in(parent, "page_id"));
    let parent = parent.ok_or_else(|| validation("body.parent.page_id should be defined."))?;
    workspace.find(&parent, Kind::Page)?;
    // At the top level, as in older versions, they would be lost.
    let columns = body.pointer("/initial_data_source/properties").and_then(Value::as_object);
    let columns = columns.cloned().unwrap_or_default();
    if columns.values().filter(|column| column.get("title").is_some()).count() != 1 {
        return Err(validation("A data source should have one property of type title."));
    }
    let title = answered(body.get("title").unwrap_or(&Value::Null));
    let parent = json!({ "type": "page_id", "page_id": parent });
    let (id, _) = workspace.add_database(&parent, &title, &columns);
    database(workspace, &id)
}

/// `POST /v1/data_sources/{data_source_id}/query`.
pub(super) fn query(workspace: &Workspace, id: &str, body: &Value, most: usize) -> Result<Answer, Answer> {
    let columns = page::columns(workspace, id)?;
    let mut rows = Vec::new();
    for entry in workspace.entries.values().filter(|entry| entry.kind == Kind::Page && entry.shared) {
        let of_source = entry.body.pointer("/parent/data_source_id").is_some_and(|source| source == id);
        let empty = Map::new();
        let row = entry.body.get("properties").and_then(Value::as_object).unwrap_or(&empty);
        let fits = match body.get("filter") {
            Some(filter) if of_source => filter::fits(filter, &columns, row)?,
            _ => of_source,
        };
        if fits {
            rows.push(entry.body.clone());
        }
    }
    // The last one first, so that the first one decides.
    for sort in body.get("sorts").and_then(Value::as_array).into_iter().flatten().rev() {
        filter::sort(&mut rows, sort, &columns)?;
    }
    Ok(ok(&search::objects(&rows, body, most)?))
}
