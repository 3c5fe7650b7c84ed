use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    Calendar, is_cancelled,
    moment::{bound, instant},
    text,
};
use crate::{
    mock_google::{GoogleAccount, api_error},
    mock_provider::{Answer, RecordedRequest},
};

const DEFAULT_PAGE: usize = 250;
const LARGEST_PAGE: usize = 2500;

/// `events.list`. Recurring events are listed as they are stored: the mock does not expand them.
pub(super) fn list(
    calendar: &Calendar,
    account: &GoogleAccount,
    request: &RecordedRequest,
    page_size: usize,
) -> Answer {
    let page = match page(request) {
        Ok(page) => page,
        Err(answer) => return answer,
    };
    let mut events = match matching(calendar, request) {
        Ok(events) => events,
        Err(answer) => return answer,
    };
    let single = request.query("singleEvents") == Some("true");
    match request.query("orderBy") {
        None => {}
        Some("startTime") if single => events.sort_by_key(|event| bound(event, "start")),
        Some("startTime") => {
            return api_error::bad_request(
                "The requested ordering is not available for the particular query.",
            );
        }
        Some("updated") => events.sort_by(|a, b| text(a, "updated").cmp(&text(b, "updated"))),
        Some(_) => return api_error::invalid("Invalid value for orderBy."),
    }
    let length = page.length.min(page_size);
    let rest = events.get(page.start..).unwrap_or_default();
    let items: Vec<&Value> = rest.iter().copied().take(length).collect();
    let mut body = json!({
        "kind": "calendar#events",
        "etag": "\"mock\"",
        "summary": account.email,
        "updated": "2026-03-01T09:00:00.000Z",
        "timeZone": "Etc/UTC",
        "accessRole": "owner",
        "defaultReminders": [{ "method": "popup", "minutes": 10 }],
        "items": items,
    });
    if rest.len() > items.len()
        && let Some(members) = body.as_object_mut()
    {
        let next = URL_SAFE_NO_PAD.encode(format!("page {}", page.start + items.len()));
        members.insert("nextPageToken".to_owned(), json!(next));
    }
    Answer::json(StatusCode::OK, &body)
}

struct Page {
    start: usize,
    length: usize,
}

fn page(request: &RecordedRequest) -> Result<Page, Answer> {
    let length = match request.query("maxResults").map(str::parse::<usize>) {
        None => DEFAULT_PAGE,
        Some(Ok(length)) if (1..=LARGEST_PAGE).contains(&length) => length,
        Some(_) => return Err(api_error::invalid("Invalid value for maxResults.")),
    };
    let start = match request.query("pageToken") {
        None => 0,
        Some(token) => URL_SAFE_NO_PAD
            .decode(token)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_prefix("page ")?.parse().ok())
            .ok_or_else(|| api_error::invalid("Invalid page token value."))?,
    };
    Ok(Page { start, length })
}

/// The events between `timeMin` (their end is later) and `timeMax` (their start is earlier) that contain `q`.
fn matching<'a>(calendar: &'a Calendar, request: &RecordedRequest) -> Result<Vec<&'a Value>, Answer> {
    let limit = |name: &str| match request.query(name).map(instant) {
        None => Ok(None),
        Some(Some(time)) => Ok(Some(time)),
        Some(None) => Err(api_error::bad_request("Bad Request")),
    };
    let (earliest, latest) = (limit("timeMin")?, limit("timeMax")?);
    if earliest.zip(latest).is_some_and(|(earliest, latest)| latest <= earliest) {
        return Err(api_error::error(
            StatusCode::BAD_REQUEST,
            "calendar",
            "timeRangeEmpty",
            "The specified time range is empty.",
        ));
    }
    let deleted_too = request.query("showDeleted") == Some("true");
    let words = request.query("q").map(str::to_lowercase);
    Ok(calendar
        .events
        .values()
        .filter(|event| deleted_too || !is_cancelled(event))
        .filter(|event| earliest.is_none_or(|earliest| bound(event, "end") > Some(earliest)))
        .filter(|event| latest.is_none_or(|latest| bound(event, "start") < Some(latest)))
        .filter(|event| words.as_deref().is_none_or(|words| contains(event, words)))
        .collect())
}

/// Free text in the fields that Google searches.
fn contains(event: &Value, words: &str) -> bool {
    let own = ["summary", "description", "location"].iter().filter_map(|name| text(event, name));
    let attendees = event
        .get("attendees")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .flat_map(|attendee| ["email", "displayName"].map(|name| text(attendee, name)))
        .flatten();
    own.chain(attendees).any(|field| field.to_lowercase().contains(words))
}
