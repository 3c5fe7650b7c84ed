use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    USER_ID,
    answer::{not_found, put},
    api::normal,
};
use crate::mock_provider::Answer;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    DataSource,
    Database,
    Page,
}

/// A page, a database or a data source.
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// As it is answered.
    pub(super) body: Value,
    /// Of a page: its first-level blocks, as they are answered.
    pub(super) blocks: Vec<Value>,
    pub(super) shared: bool,
}

/// Everything in one workspace, in the order in which it was made.
#[derive(Default)]
pub(super) struct Workspace {
    pub(super) entries: BTreeMap<String, Entry>,
    serial: u64,
}

impl Workspace {
    pub(super) fn new_id(&mut self) -> String {
        self.serial += 1;
        format!("{0:08x}-1111-4222-8333-{0:012x}", self.serial)
    }

    /// What is there of that kind and shared.
    pub(super) fn find(&self, id: &str, kind: Kind) -> Result<&Entry, Answer> {
        let entry = self.entries.get(id).filter(|entry| entry.shared && entry.kind == kind);
        entry.ok_or_else(|| not_found(id))
    }

    pub(super) fn find_mut(&mut self, id: &str, kind: Kind) -> Result<&mut Entry, Answer> {
        let entry = self.entries.get_mut(id).filter(|entry| entry.shared && entry.kind == kind);
        entry.ok_or_else(|| not_found(id))
    }

    pub(super) fn add(&mut self, id: &str, kind: Kind, body: Value) {
        self.entries.insert(id.to_owned(), Entry { kind, body, blocks: Vec::new(), shared: true });
    }

    pub(super) fn add_page(&mut self, parent: &Value, properties: Map<String, Value>) -> String {
        let id = self.new_id();
        let mut body = common("page", &id, parent);
        put(&mut body, "properties", Value::Object(properties));
        self.add(&id, Kind::Page, body);
        id
    }

    /// A database of one data source. Returns both ids.
    pub(super) fn add_database(
        &mut self,
        parent: &Value,
        title: &Value,
        columns: &Map<String, Value>,
    ) -> (String, String) {
        let id = self.new_id();
        let mut body = common("database", &id, parent);
        put(&mut body, "title", title.clone());
        put(&mut body, "description", json!([]));
        put(&mut body, "is_inline", json!(false));
        put(&mut body, "data_sources", json!([]));
        self.add(&id, Kind::Database, body);
        let source = self.add_data_source(&id, title, columns);
        (id, source)
    }

    pub(super) fn add_data_source(
        &mut self,
        database: &str,
        title: &Value,
        columns: &Map<String, Value>,
    ) -> String {
        let id = self.new_id();
        let parent = json!({ "type": "database_id", "database_id": database });
        let mut body = common("data_source", &id, &parent);
        let of_database = self.entries.get(database).and_then(|entry| entry.body.get("parent")).cloned();
        put(&mut body, "title", title.clone());
        put(&mut body, "description", json!([]));
        put(&mut body, "is_inline", json!(false));
        put(&mut body, "database_parent", of_database.unwrap_or_default());
        put(&mut body, "properties", Value::Object(described(columns)));
        self.add(&id, Kind::DataSource, body);
        let name = plain_text(title);
        if let Some(list) = self
            .entries
            .get_mut(database)
            .and_then(|entry| entry.body.get_mut("data_sources")?.as_array_mut())
        {
            list.push(json!({ "id": id, "name": name }));
        }
        id
    }
}

/// The columns of a data source, with the members that Notion adds. The title's id is `title`.
fn described(columns: &Map<String, Value>) -> Map<String, Value> {
    let describe = |(index, (name, column)): (usize, (&String, &Value))| {
        let kind = column.as_object().and_then(|column| column.keys().next()).cloned().unwrap_or_default();
        let id = if kind == "title" { kind.clone() } else { format!("c%3A{index}") };
        let inner = column.get(&kind).cloned().unwrap_or_default();
        let body = json!({ "id": id, "name": name, "description": null, "type": kind, kind: inner });
        (name.clone(), body)
    };
    columns.iter().enumerate().map(describe).collect()
}

fn common(object: &str, id: &str, parent: &Value) -> Value {
    let time = "2026-03-01T09:00:00.000Z";
    let person = json!({ "object": "user", "id": USER_ID });
    json!({
        "object": object,
        "id": id,
        "parent": parent,
        "created_time": time,
        "created_by": person,
        "last_edited_time": time,
        "last_edited_by": person,
        "cover": null,
        "icon": null,
        "in_trash": false,
        "is_locked": false,
        "url": format!("https://app.notion.com/p/{}", id.replace('-', "")),
        "public_url": null,
    })
}

/// Rich text items as they are answered.
pub(super) fn answered(items: &Value) -> Value {
    let answer = |item: &Value| {
        let content = item.pointer("/text/content").cloned().unwrap_or_default();
        let link = item.pointer("/text/link").cloned().unwrap_or_default();
        let mut marks = json!({ "bold": false, "italic": false, "strikethrough": false, "underline": false, "code": false, "color": "default" });
        for (name, set) in item.get("annotations").and_then(Value::as_object).into_iter().flatten() {
            put(&mut marks, name, set.clone());
        }
        let href = link.get("url").cloned().unwrap_or_default();
        let text = json!({ "content": content, "link": link });
        json!({ "type": "text", "text": text, "annotations": marks, "plain_text": content, "href": href })
    };
    items.as_array().into_iter().flatten().map(answer).collect()
}

/// Rich text of one piece, as it is answered.
pub(super) fn text(content: &str) -> Value {
    answered(&json!([{ "text": { "content": content } }]))
}

pub(super) fn plain_text(items: &Value) -> String {
    items.as_array().into_iter().flatten().filter_map(|item| item.get("plain_text")?.as_str()).collect()
}

/// The id in that member, with hyphens.
pub(super) fn id_in(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().and_then(normal)
}
