use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    Calendar, is_cancelled, is_own,
    moment::{bound, instant},
    text,
};
use crate::{
    mock_google::{GoogleAccount, api_error},
    mock_provider::{Answer, RecordedRequest},
};

type Interval = (DateTime<Utc>, DateTime<Utc>);

/// `freebusy.query`: when somebody is busy, and nothing of why.
pub(super) fn query(calendar: &Calendar, account: &GoogleAccount, request: &RecordedRequest) -> Answer {
    let Some(asked) = request.json.as_ref().filter(|json| json.is_object()) else {
        return api_error::error(StatusCode::BAD_REQUEST, "global", "parseError", "Parse Error");
    };
    let limit = |name: &str| text(asked, name).and_then(instant);
    let (Some(from), Some(until)) = (limit("timeMin"), limit("timeMax")) else {
        return api_error::error(
            StatusCode::BAD_REQUEST,
            "global",
            "required",
            "Missing timeMin or timeMax parameter.",
        );
    };
    if until <= from {
        return api_error::error(
            StatusCode::BAD_REQUEST,
            "calendar",
            "timeRangeEmpty",
            "The specified time range is empty.",
        );
    }
    let calendars: Map<String, Value> = asked
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|item| text(item, "id"))
        .map(|id| (id.to_owned(), answer_for(calendar, account, id, (from, until))))
        .collect();
    let body = json!({
        "kind": "calendar#freeBusy",
        "timeMin": stamp(from),
        "timeMax": stamp(until),
        "calendars": calendars,
    });
    Answer::json(StatusCode::OK, &body)
}

fn answer_for(calendar: &Calendar, account: &GoogleAccount, id: &str, asked: Interval) -> Value {
    if !is_own(id, account) {
        return json!({ "errors": [{ "domain": "global", "reason": "notFound" }], "busy": [] });
    }
    let busy: Vec<Value> = busy(calendar, asked)
        .into_iter()
        .map(|(start, end)| json!({ "start": stamp(start), "end": stamp(end) }))
        .collect();
    json!({ "busy": busy })
}

/// The busy times within the asked ones, in order, those that touch as one.
fn busy(calendar: &Calendar, (from, until): Interval) -> Vec<Interval> {
    let mut times: Vec<Interval> = calendar
        .events
        .values()
        .filter(|event| !is_cancelled(event) && text(event, "transparency") != Some("transparent"))
        .filter_map(|event| Some((bound(event, "start")?.max(from), bound(event, "end")?.min(until))))
        .filter(|(start, end)| start < end)
        .collect();
    times.sort_unstable();
    let mut merged: Vec<Interval> = Vec::new();
    for (start, end) in times {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
