use anyhow::Result;
use serde_json::Value;

use bailee_core::{Effect, PermissionFlag, Provider as _, Tool};
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
            for word in ["$ref", "$defs", "$schema", "oneOf", "anyOf", "\"null\"", "\"title\":\""] {
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
    let expected = [
        ("create_event", "summary start end"),
        ("list_events", "time_min time_max"),
        ("delete_event", "event_id"),
        ("list_calendar_events", "time_min time_max"),
        ("create_document", "title"),
        ("append_to_document", "document_id text"),
        ("read_document", "document_id"),
        ("search_google_docs", "query"),
        ("search_emails", "query"),
        ("get_email_details", "message_id"),
        ("list_recent_threads", ""),
        ("send_email", "to body_text"),
        ("create_spreadsheet", "title"),
        ("append_to_sheet", "spreadsheet_id range rows"),
        ("read_sheet_values", "spreadsheet_id range"),
        ("create_folder", "name"),
        ("list_files", ""),
        ("move_file_to_folder", "file_id folder_id"),
    ];
    let required = |tool: &Tool| -> (String, String) {
        let list = tool.input_schema["required"].as_array().map_or(&[][..], Vec::as_slice);
        let list: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        (tool.name.to_string(), list.join(" "))
    };
    let tools: Vec<(String, String)> = google.tools().iter().map(required).collect();
    assert_eq!(tools, expected.map(|(name, required)| (name.to_owned(), required.to_owned())));
    Ok(())
}

#[test]
fn every_tool_is_of_one_service() -> Result<()> {
    let google = Google::new(registration()?)?;
    for tool in google.tools() {
        let definitions = google.descriptor().definitions.iter();
        let of = definitions.filter(|definition| definition.tools.contains(&tool.name));
        assert_eq!(of.count(), 1, "{}", tool.name);
    }
    Ok(())
}
