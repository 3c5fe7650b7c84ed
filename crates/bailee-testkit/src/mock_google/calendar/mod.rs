//! The part of the Calendar API, version 3, that the tools need.

mod event;
mod fields;
mod free_busy;
mod list;
mod moment;

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use serde_json::Value;

use super::{
    Time, api_error,
    scope::Scopes,
    state::{GoogleAccount, State},
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

/// The method that a request calls.
pub(super) fn route(request: &RecordedRequest) -> Option<Endpoint> {
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

/// The scopes of which a method needs one, as its description lists them.
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

fn may(scopes: &Scopes, method: Endpoint) -> bool {
    accepted(method).iter().any(|scope| scopes.contains(&format!("https://www.googleapis.com/auth/{scope}")))
}

/// Carries out a call: first the token, then its scopes, then the call.
pub(super) fn call(state: &mut State, time: &Time, method: Endpoint, request: &RecordedRequest) -> Answer {
    let grant = request.bearer().and_then(|token| state.by_access_token(token, time.elapsed()));
    let account = grant.and_then(|grant| state.account_by_sub(&grant.sub));
    let (Some(grant), Some(account)) = (grant, account.filter(|account| !account.deleted)) else {
        return api_error::unauthenticated();
    };
    if !may(&grant.scopes, method) {
        let Endpoint::Api(name) = method else {
            return api_error::not_found();
        };
        return api_error::insufficient_scope("calendar-json.googleapis.com", name);
    }
    let account = account.clone();
    let answer = carry_out(state, time, method, request, &account);
    match request.query("fields") {
        Some(mask) if answer.status.is_success() => fields::select(answer, mask),
        _ => answer,
    }
}

fn carry_out(
    state: &mut State,
    time: &Time,
    method: Endpoint,
    request: &RecordedRequest,
    account: &GoogleAccount,
) -> Answer {
    let page_size = state.settings.page_size;
    let calendar = state.calendar(&account.sub);
    if method == FREE_BUSY {
        return free_busy::query(calendar, account, request);
    }
    let mut parts = request.path.split('/').skip(4).map(decoded);
    let (calendar_id, event_id) = (parts.next().unwrap_or_default(), parts.nth(1));
    if !is_own(&calendar_id, account) {
        return api_error::not_found();
    }
    let event_id = event_id.unwrap_or_default();
    if method == EVENTS_INSERT {
        event::insert(calendar, account, time, request)
    } else if method == EVENTS_LIST {
        list::list(calendar, account, request, page_size)
    } else if method == EVENTS_DELETE {
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

/// One percent-encoded part of a path. A `+` is a plus there.
fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("part={}", part.replace('+', "%2B")).as_bytes())
        .map(|(_, value)| value.into_owned())
        .next()
        .unwrap_or_default()
}
