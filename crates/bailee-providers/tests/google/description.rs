//! What is sent, against the names in Google's description of Calendar API version 3 (the fixture says which revision).

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use bailee_core::Provider as _;
use bailee_providers::{Google, GoogleEndpoints};

use crate::support::{Kit, Seen, registration};

const EVENT: &str = r#"{"id":"abc"}"#;

fn description() -> Result<Value> {
    Ok(serde_json::from_str(include_str!("fixtures/calendar-v3.json"))?)
}

/// Whether the list at `pointer` of the description names it.
fn names(description: &Value, pointer: &str, name: &str) -> bool {
    let list = description.pointer(pointer).and_then(Value::as_array);
    list.is_some_and(|list| list.iter().any(|known| known == name))
}

/// Path, query and body of a request, against one method.
fn check(seen: &Seen, method: &str, body_schema: Option<&str>) -> Result<()> {
    let description = description()?;
    let at = |name: &str| description.pointer(&format!("/methods/{method}/{name}"));
    assert_eq!(at("method").and_then(Value::as_str), Some(seen.method.as_str()), "{method}");
    let path = at("path").and_then(Value::as_str).context("a path")?;
    let path = path.replace("{calendarId}", "work%23x@example.test").replace("{eventId}", "abc");
    assert_eq!(seen.path, format!("/calendar/v3/{path}"), "{method}");
    for (name, value) in &seen.query {
        if names(&description, "/common_parameters", name) {
            continue;
        }
        let words = at("parameters").and_then(|all| all.get(name)).and_then(Value::as_array);
        let words = words.with_context(|| format!("{method}: {name}"))?;
        assert!(words.is_empty() || words.iter().any(|word| word == value), "{method}: {name}={value}");
    }
    body_schema.map_or(Ok(()), |schema| check_body(&seen.json()?, &description, schema))
}

fn check_body(body: &Value, description: &Value, schema: &str) -> Result<()> {
    for (name, value) in body.as_object().context("an object")? {
        assert!(names(description, &format!("/schemas/{schema}"), name), "{schema}: {name}");
        match name.as_str() {
            "start" | "end" => check_body(value, description, "EventDateTime")?,
            "attendees" => {
                for guest in value.as_array().into_iter().flatten() {
                    check_body(guest, description, "EventAttendee")?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_parameter_and_field_that_is_sent_exists() -> Result<()> {
    let kit = Kit::answering([(200, EVENT), (200, "{}"), (204, ""), (409, "{}"), (200, EVENT)]).await?;
    let event = json!({
        "summary": "s", "start": "2026-03-04T15:00:00+01:00", "end": "2026-03-04T16:00:00+01:00",
        "time_zone": "Europe/Zurich", "attendees": ["bob@example.test"], "location": "l", "description": "d",
        "calendar_id": "work#x@example.test", "send_updates": "external_only",
    });
    kit.call("create_event", event.clone()).await??;
    let window = json!({
        "time_min": "2026-03-01T00:00:00Z", "time_max": "2026-03-02T00:00:00Z", "query": "q", "limit": 50,
        "cursor": "c", "calendar_id": "work#x@example.test",
    });
    kit.call("list_events", window).await??;
    let which = json!({"event_id": "abc", "calendar_id": "work#x@example.test", "notify": false});
    kit.call("delete_event", which).await??;
    kit.call_with_key("create_event", &event, "key").await??;

    let seen = kit.seen();
    let [insert, list, delete, again, get] = seen.as_slice() else { anyhow::bail!("{seen:?}") };
    check(insert, "insert", Some("Event"))?;
    check(list, "list", None)?;
    check(delete, "delete", None)?;
    check(again, "insert", Some("Event"))?;
    let id = again.json()?["id"].as_str().unwrap_or_default().to_owned();
    let path = get.path.replace(&id, "abc");
    check(&Seen { path, ..get.clone() }, "get", None)?;

    let description = description()?;
    let fields = list.query.get("fields").context("fields")?;
    for field in fields.split([',', '(', ')']).filter(|field| !field.is_empty()) {
        let known = ["Events", "Event", "EventAttendee"]
            .iter()
            .any(|schema| names(&description, &format!("/schemas/{schema}"), field));
        assert!(known, "fields: {field}");
    }
    Ok(())
}

#[test]
fn every_scope_of_a_tool_is_enough_for_its_method_and_the_base_is_right() -> Result<()> {
    let description = description()?;
    let google = Google::new(registration()?)?;
    for (tool, method) in google.tools().iter().zip(["insert", "list", "delete"]) {
        for set in tool.scopes.iter() {
            assert!(
                names(&description, &format!("/methods/{method}/scopes"), set.as_str()),
                "{method}: {}",
                set.as_str()
            );
        }
    }
    let base = description["base"].as_str().context("a base")?;
    assert_eq!(GoogleEndpoints::public()?.calendar.as_str(), base.trim_end_matches('/'));
    Ok(())
}
