//! Forbids members that a description does not name.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const COMPONENTS: &str = "#/components/schemas/";

/// Closes every object schema of a description. What is merged by `allOf` is closed as a whole.
pub(super) fn all(description: &mut Value) {
    let merged = merged(description);
    let components = description.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in components.into_iter().flatten() {
        close(schema, merged.contains(name));
    }
    let paths = description.get_mut("paths").and_then(Value::as_object_mut);
    for operation in paths.into_iter().flatten().filter_map(|(_, path)| path.as_object_mut()).flatten() {
        if let Some(schema) = operation.1.pointer_mut("/requestBody/content/application~1json/schema") {
            close(schema, false);
        }
    }
}

/// The components that are only a part of a whole, found until there are no more.
fn merged(description: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    loop {
        let before = names.len();
        parts(description, false, &mut names);
        let components = description.pointer("/components/schemas").and_then(Value::as_object);
        for name in names.clone() {
            if let Some(schema) = components.and_then(|components| components.get(&name)) {
                parts(schema, true, &mut names);
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

/// The components that this refers to as parts of a whole: within `allOf`, or beside members of its own.
fn parts(value: &Value, part: bool, names: &mut BTreeSet<String>) {
    let Value::Object(members) = value else {
        for item in value.as_array().into_iter().flatten() {
            parts(item, false, names);
        }
        return;
    };
    if part
        && let Some(name) =
            members.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix(COMPONENTS))
    {
        names.insert(name.to_owned());
    }
    let whole = is_whole(members);
    for (name, member) in members {
        match name.as_str() {
            "allOf" | "anyOf" | "oneOf" => {
                for choice in member.as_array().into_iter().flatten() {
                    parts(choice, part || whole, names);
                }
            }
            _ => parts(member, false, names),
        }
    }
}

/// Whether it is put together from parts that are no whole by themselves.
fn is_whole(members: &Map<String, Value>) -> bool {
    let beside = ["anyOf", "oneOf"].into_iter().any(|name| members.contains_key(name));
    members.contains_key("allOf") || (beside && members.contains_key("properties"))
}

fn close(schema: &mut Value, part: bool) {
    let Some(members) = schema.as_object_mut() else { return };
    let whole = is_whole(members);
    for (name, member) in members.iter_mut() {
        match name.as_str() {
            "allOf" | "anyOf" | "oneOf" => {
                for choice in member.as_array_mut().into_iter().flatten() {
                    close(choice, part || whole);
                }
            }
            "properties" | "$defs" => {
                for (_, member) in member.as_object_mut().into_iter().flatten() {
                    close(member, false);
                }
            }
            "items" | "additionalProperties" => close(member, false),
            _ => {}
        }
    }
    let open = !members.contains_key("additionalProperties");
    if open && !part && whole {
        members.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    } else if open && !part && members.contains_key("properties") {
        members.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
}
