//! The part of the Calendar API, version 3, that the tools need.

mod event;
mod free_busy;
mod list;
mod moment;

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use serde_json::Value;

use super::{
    GoogleAccount,
    api::{Api, Call, decoded},
    api_error,
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest};

/// `DELETE /calendars/{calendarId}/events/{eventId}`.
pub const EVENTS_DELETE: Endpoint = Endpoint::Api("calendar.events.delete");
/// `GET /calendars/{calendarId}/events/{eventId}`.
pub const EVENTS_GET: Endpoint = Endpoint::Api("calendar.events.get");
/// `POST /calendars/{calendarId}/events`.
pub const EVENTS_INSERT: Endpoint = Endpoint::Api("calendar.events.insert");
/// `GET /calendars/{calendarId}/events`.
pub const EVENTS_LIST: Endpoint = Endpoint::Api("calendar.events.list");
/// `POST /freeBusy`.
pub const FREE_BUSY: Endpoint = Endpoint::Api("calendar.freebusy.query");

/// Where the API lives on the mock.
pub(super) const BASE: &str = "/calendar/v3";

pub(super) const API: Api = Api { service: "calendar-json.googleapis.com", route, accepted, carry_out };

/// The events of one account's only calendar, by id. A deleted one stays, as `cancelled`.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    events: BTreeMap<String, Value>,
}

impl Calendar {
    /// The events that were not deleted, in the order of their ids.
    pub(super) fn events(&self) -> Vec<Value> {
        self.events.values().filter(|event| !is_cancelled(event)).cloned().collect()
    }
}

fn is_cancelled(event: &Value) -> bool {
    text(event, "status") == Some("cancelled")
}

fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str()
}

fn route(request: &RecordedRequest) -> Option<Endpoint> {
    let path = request.path.strip_prefix(BASE)?;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["calendars", _, "events"]) => Some(EVENTS_LIST),
        (&Method::POST, ["calendars", _, "events"]) => Some(EVENTS_INSERT),
        (&Method::GET, ["calendars", _, "events", _]) => Some(EVENTS_GET),
        (&Method::DELETE, ["calendars", _, "events", _]) => Some(EVENTS_DELETE),
        (&Method::POST, ["freeBusy"]) => Some(FREE_BUSY),
        _ => None,
    }
}

fn accepted(method: Endpoint) -> &'static [&'static str] {
    if method == FREE_BUSY {
        &["calendar", "calendar.events.freebusy", "calendar.freebusy", "calendar.readonly"]
    } else if method == EVENTS_INSERT || method == EVENTS_DELETE {
        &["calendar", "calendar.events", "calendar.events.owned"]
    } else {
        &[
            "calendar",
            "calendar.events",
            "calendar.events.freebusy",
            "calendar.events.owned",
            "calendar.events.owned.readonly",
            "calendar.events.readonly",
            "calendar.readonly",
        ]
    }
}

fn carry_out(call: &mut Call<'_>) -> Answer {
    let Call { state, time, method, request, account } = call;
    let page_size = state.settings.page_size;
    let calendar = state.calendar(&account.sub);
    if *method == FREE_BUSY {
        return free_busy::query(calendar, account, request);
    }
    let mut parts = request.path.split('/').skip(4).map(decoded);
    let (calendar_id, event_id) = (parts.next().unwrap_or_default(), parts.nth(1));
    if !is_own(&calendar_id, account) {
        return api_error::not_found();
    }
    let event_id = event_id.unwrap_or_default();
    if *method == EVENTS_INSERT {
        event::insert(calendar, account, time, request)
    } else if *method == EVENTS_LIST {
        list::list(calendar, account, request, page_size)
    } else if *method == EVENTS_DELETE {
        event::delete(calendar, request, &event_id)
    } else {
        match calendar.events.get(&event_id) {
            Some(event) => Answer::json(StatusCode::OK, event),
            None => api_error::not_found(),
        }
    }
}

fn is_own(calendar_id: &str, account: &GoogleAccount) -> bool {
    calendar_id == "primary" || calendar_id == account.email
}
