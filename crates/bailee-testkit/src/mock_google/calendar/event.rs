use chrono::SecondsFormat;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Calendar, is_cancelled, moment::bound, text};
use crate::{
    mock_google::{GoogleAccount, Time, api_error},
    mock_provider::{Answer, RecordedRequest, token},
};

/// Whether `sendUpdates` is absent or one of its three words.
fn send_updates_is_fine(request: &RecordedRequest) -> bool {
    matches!(request.query("sendUpdates"), None | Some("all" | "externalOnly" | "none"))
}

/// `events.insert`. A client may choose the id; the same id twice is `duplicate`.
pub(super) fn insert(
    calendar: &mut Calendar,
    account: &GoogleAccount,
    time: &Time,
    request: &RecordedRequest,
) -> Answer {
    let Some(Value::Object(asked)) = request.json.clone() else {
        return api_error::error(StatusCode::BAD_REQUEST, "global", "parseError", "Parse Error");
    };
    if !send_updates_is_fine(request) {
        return api_error::invalid("Invalid value for sendUpdates.");
    }
    let asked = Value::Object(asked);
    for name in ["start", "end"] {
        if asked.get(name).is_none() {
            let message = if name == "start" { "Missing start time." } else { "Missing end time." };
            return api_error::error(StatusCode::BAD_REQUEST, "global", "required", message);
        }
    }
    let (Some(start), Some(end)) = (bound(&asked, "start"), bound(&asked, "end")) else {
        return api_error::invalid("Invalid start or end time.");
    };
    if end < start {
        return api_error::error(
            StatusCode::BAD_REQUEST,
            "calendar",
            "timeRangeEmpty",
            "The specified time range is empty.",
        );
    }
    let id = match text(&asked, "id") {
        Some(id) if !is_event_id(id) => return api_error::invalid("Invalid resource id value."),
        Some(id) => id.to_owned(),
        None => token(""),
    };
    if calendar.events.contains_key(&id) {
        return api_error::error(
            StatusCode::CONFLICT,
            "global",
            "duplicate",
            "The requested identifier already exists.",
        );
    }
    let event = completed(asked, &id, account, time);
    calendar.events.insert(id, event.clone());
    Answer::json(StatusCode::OK, &event)
}

/// The letters a to v and digits, 5 to 1024 of them (base32hex).
fn is_event_id(id: &str) -> bool {
    (5..=1024).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b'a'..=b'v' | b'0'..=b'9'))
}

/// What was asked for, with what the server adds.
fn completed(asked: Value, id: &str, account: &GoogleAccount, time: &Time) -> Value {
    let now = time.now();
    let person = json!({ "email": account.email, "self": true });
    let stamp = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut event: Map<String, Value> = match asked {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let added = [
        ("kind", json!("calendar#event")),
        ("etag", json!(format!("\"{}\"", now.timestamp_millis()))),
        ("id", json!(id)),
        ("status", json!("confirmed")),
        ("htmlLink", json!(format!("https://www.google.com/calendar/event?eid={id}"))),
        ("created", json!(stamp)),
        ("updated", json!(stamp)),
        ("creator", person.clone()),
        ("organizer", person),
        ("iCalUID", json!(format!("{id}@google.com"))),
        ("sequence", json!(0)),
        ("eventType", json!("default")),
    ];
    event.extend(added.map(|(name, value)| (name.to_owned(), value)));
    event.entry("reminders").or_insert_with(|| json!({ "useDefault": true }));
    for attendee in event
        .get_mut("attendees")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        attendee.entry("responseStatus").or_insert_with(|| json!("needsAction"));
    }
    Value::Object(event)
}

/// `events.delete`: nothing comes back; a second time it is `deleted`.
pub(super) fn delete(calendar: &mut Calendar, request: &RecordedRequest, id: &str) -> Answer {
    if !send_updates_is_fine(request) {
        return api_error::invalid("Invalid value for sendUpdates.");
    }
    match calendar.events.get_mut(id) {
        None => api_error::not_found(),
        Some(event) if is_cancelled(event) => {
            api_error::error(StatusCode::GONE, "global", "deleted", "Resource has been deleted")
        }
        Some(event) => {
            if let Some(members) = event.as_object_mut() {
                members.insert("status".to_owned(), json!("cancelled"));
            }
            Answer::empty(StatusCode::NO_CONTENT)
        }
    }
}
