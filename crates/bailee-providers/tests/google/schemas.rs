use anyhow::Result;
use serde_json::Value;

use bailee_core::{Effect, PermissionFlag, Provider as _};
use bailee_providers::Google;

use crate::support::registration;

/// Every object schema within a schema, the root included.
fn objects(schema: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if members.get("type").is_some_and(|name| name == "object") {
                    found.push(value);
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

#[test]
fn every_tool_describes_itself_whole() -> Result<()> {
    let google = Google::new(registration()?)?;
    let names: Vec<&str> = google.tools().iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names, ["create_event", "list_events", "delete_event", "list_calendar_events"]);
    for tool in google.tools() {
        let name = &tool.name;
        assert!(!tool.description.is_empty() && tool.description.chars().count() <= 400, "{name}");
        assert!(tool.scopes.preferred().is_some(), "{name}");
        let flag = match (tool.effect, name.as_str()) {
            (Effect::Write, _) => Some(PermissionFlag::CanPostOnMyBehalf),
            (Effect::Read, "list_calendar_events") => Some(PermissionFlag::CanQueryAvailability),
            (Effect::Read, _) => None,
        };
        assert_eq!(tool.flag, flag, "{name}");
        for schema in [&tool.input_schema, &tool.output_schema] {
            let text = schema.to_string();
            for word in ["$ref", "$defs", "$schema", "oneOf", "anyOf", "\"null\"", "\"title\""] {
                assert!(!text.contains(word), "{name}: {word} in {text}");
            }
            assert_eq!(schema["type"], "object", "{name}");
            for object in objects(schema) {
                assert_eq!(object["additionalProperties"], false, "{name}: {object}");
                for (property, schema) in object["properties"].as_object().into_iter().flatten() {
                    let described = schema["description"].as_str().is_some_and(|text| !text.is_empty());
                    assert!(described, "{name}: {property}");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_required_is_what_a_call_cannot_do_without() -> Result<()> {
    let google = Google::new(registration()?)?;
    let required: Vec<Value> =
        google.tools().iter().map(|tool| tool.input_schema["required"].clone()).collect();
    assert_eq!(
        Value::from(required).to_string(),
        r#"[["summary","start","end"],["time_min","time_max"],["event_id"],["time_min","time_max"]]"#
    );
    Ok(())
}
