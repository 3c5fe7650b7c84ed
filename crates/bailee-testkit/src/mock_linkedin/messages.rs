use http::StatusCode;
use serde_json::{Value, json};

use super::{
    api_error::unprocessable,
    state::{LinkedInMessage, State},
};
use crate::mock_provider::{Answer, RecordedRequest};

/// `POST /v2/messages`.
pub(super) fn send(state: &mut State, request: &RecordedRequest) -> Answer {
    let Some(message) = request.json.as_ref().and_then(read) else {
        return unprocessable("The message is not valid");
    };
    state.messages.push(message);
    Answer::empty(StatusCode::CREATED)
}

fn read(body: &Value) -> Option<LinkedInMessage> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let known = body.as_object()?.len() == 4 && text("messageType")? == "MEMBER_TO_MEMBER";
    let [recipient] = body.get("recipients")?.as_array()?.as_slice() else { return None };
    let recipient = recipient.as_str()?.strip_prefix("urn:li:person:")?.to_owned();
    let (subject, body) = (text("subject")?.to_owned(), text("body")?.to_owned());
    known.then_some(LinkedInMessage { recipient, subject, body })
}

/// `GET /rest/memberSnapshotData`.
pub(super) fn snapshot(state: &State, request: &RecordedRequest) -> Answer {
    let number =
        |name: &str, absent: usize| request.query(name).map_or(Some(absent), |text| text.parse().ok());
    let asked = request.query("q") == Some("criteria") && request.query("domain") == Some("INBOX");
    let (Some(start), Some(count), true) = (number("start", 0), number("count", 10), asked) else {
        return unprocessable("A parameter is not valid");
    };
    let elements: Vec<&Value> = state.snapshot.iter().skip(start).take(count).collect();
    let next = json!([{ "type": "application/json", "rel": "next", "href": "/rest/memberSnapshotData" }]);
    let more = state.snapshot.len() > start + count;
    let links = if more { next } else { json!([]) };
    let paging = json!({ "start": start, "count": count, "links": links });
    Answer::json(StatusCode::OK, &json!({ "paging": paging, "elements": elements }))
}
