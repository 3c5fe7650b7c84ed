//! The values of a row, as an agent reads them.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::item::plain_text;
use crate::text::clean;

/// Longer texts are cut.
const MAX_TEXT: usize = 500;
const MAX_NAME: usize = 100;
/// More entries of one value are left out.
const MOST_ENTRIES: usize = 20;

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Property {
    /// The name of the column.
    name: String,
    /// Its type, for example checkbox, select or date.
    #[serde(rename = "type")]
    kind: String,
    /// The value: a text, a number, true or false, or a list of texts; absent where there is none. A date is start or
    /// start/end, people and relations are ids or names.
    #[serde(skip_serializing_if = "Value::is_null")]
    value: Value,
}

impl Property {
    /// Tells too whether something was cut.
    pub(super) fn read(name: &str, property: &Value) -> (Self, bool) {
        let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
        let mut cut = false;
        let value =
            property.get(kind).map_or(Value::Null, |value| short(readable(kind, value), MAX_TEXT, &mut cut));
        (Self { name: clean(name, MAX_NAME).0, kind: clean(kind, MAX_NAME).0, value }, cut)
    }

    pub(super) fn is_title(&self) -> bool {
        self.kind == "title"
    }

    /// Cuts texts to `max` characters, and tells whether that changed any.
    pub(super) fn shorten(&mut self, max: usize) -> bool {
        let mut cut = false;
        self.value = short(self.value.take(), max, &mut cut);
        cut
    }
}

/// The value without what only programs need.
fn readable(kind: &str, value: &Value) -> Value {
    let text = |name: &str| value.get(name).cloned().unwrap_or_default();
    match kind {
        "checkbox" | "created_time" | "email" | "last_edited_time" | "number" | "phone_number" | "url" => {
            value.clone()
        }
        "created_by" | "last_edited_by" => named(value),
        "date" => {
            match (value.get("start").and_then(Value::as_str), value.get("end").and_then(Value::as_str)) {
                (Some(start), Some(end)) => json!(format!("{start}/{end}")),
                (Some(start), None) => json!(start),
                _ => Value::Null,
            }
        }
        "files" | "multi_select" | "people" | "relation" => list(value),
        "formula" | "rollup" => computed(value),
        "rich_text" | "title" => json!(plain_text(value)),
        "select" | "status" => text("name"),
        "unique_id" => match (value.get("prefix").and_then(Value::as_str), value.get("number")) {
            (Some(prefix), Some(number)) => json!(format!("{prefix}-{number}")),
            (None, Some(number)) => number.clone(),
            _ => Value::Null,
        },
        "verification" => text("state"),
        _ => Value::Null,
    }
}

/// A formula or a rollup has its result below the name of its type. Within a list there is no further list.
fn computed(value: &Value) -> Value {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or_default();
    let result = value.get(kind).unwrap_or(&Value::Null);
    match (kind, result) {
        ("date", result) => readable("date", result),
        ("array", Value::Array(parts)) => {
            let of = |part: &Value| {
                let kind =
                    part.get("type")?.as_str().filter(|kind| !matches!(*kind, "formula" | "rollup"))?;
                Some(match readable(kind, part.get(kind)?) {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
            };
            parts.iter().filter_map(of).collect()
        }
        (_, Value::Bool(_) | Value::Number(_) | Value::String(_)) => result.clone(),
        _ => Value::Null,
    }
}

fn list(value: &Value) -> Value {
    value.as_array().into_iter().flatten().map(named).filter(Value::is_string).collect()
}

fn named(value: &Value) -> Value {
    let text = |name| value.get(name).filter(|text| text.is_string());
    text("name").or_else(|| text("id")).cloned().unwrap_or_default()
}

/// Numbers and words as they are, texts and lists no longer than is useful.
fn short(value: Value, max: usize, cut: &mut bool) -> Value {
    match value {
        Value::String(text) => {
            let (text, shorter) = clean(&text, max);
            *cut |= shorter;
            Value::String(text)
        }
        Value::Array(entries) => {
            *cut |= entries.len() > MOST_ENTRIES;
            entries.into_iter().take(MOST_ENTRIES).map(|entry| short(entry, max.min(MAX_NAME), cut)).collect()
        }
        Value::Object(_) => Value::Null,
        other => other,
    }
}
