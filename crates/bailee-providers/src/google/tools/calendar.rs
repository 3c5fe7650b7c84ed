//! Google Calendar API version 3.

mod create_event;
mod delete_event;
mod event;
mod list_calendar_events;
mod list_events;

use chrono::{DateTime, TimeDelta};
use url::Url;

use super::{Context, below};
use crate::{arguments::invalid, tool::Draft};
use bailee_core::{ProviderError, ToolOutput};

pub(super) const NAMES: [&str; 4] =
    [create_event::NAME, list_events::NAME, delete_event::NAME, list_calendar_events::NAME];

/// All of a user's calendars, or their events alone: the first is what consent asks for.
const WRITE: &[&str] =
    &["https://www.googleapis.com/auth/calendar", "https://www.googleapis.com/auth/calendar.events"];
const READ: &[&str] = &[
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.readonly",
    "https://www.googleapis.com/auth/calendar.events.readonly",
];
/// `calendar.events` does not cover it.
const FREE_BUSY: &[&str] = &[
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/calendar.freebusy",
    "https://www.googleapis.com/auth/calendar.events.freebusy",
    "https://www.googleapis.com/auth/calendar.readonly",
];
/// Google's name for the calendar that a user sees first.
const PRIMARY: &str = "primary";

pub(super) fn drafts() -> Vec<Draft> {
    vec![create_event::draft(), list_events::draft(), delete_event::draft(), list_calendar_events::draft()]
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    match context.tool.name.as_str() {
        create_event::NAME => create_event::call(context).await,
        list_events::NAME => list_events::call(context).await,
        delete_event::NAME => delete_event::call(context).await,
        list_calendar_events::NAME => list_calendar_events::call(context).await,
        _ => Err(ProviderError::Unsupported),
    }
}

impl Context<'_> {
    /// `/calendars/{calendarId}/events` and, where an event is named, `/{eventId}`.
    fn events_url(&self, calendar_id: Option<&str>, event_id: Option<&str>) -> Result<Url, ProviderError> {
        let calendar_id = calendar_id.unwrap_or(PRIMARY);
        if !is_segment(calendar_id) {
            return Err(invalid("/calendar_id", "is not a calendar id"));
        }
        if event_id.is_some_and(|id| !is_event_id(id)) {
            return Err(invalid("/event_id", "is not an event id"));
        }
        let mut segments = vec!["calendars", calendar_id, "events"];
        segments.extend(event_id);
        below(&self.google.endpoints.calendar, &segments)
    }
}

/// How long the window between two arguments is.
fn window(time_min: &str, time_max: &str) -> Result<TimeDelta, ProviderError> {
    let moment = |text, pointer| {
        DateTime::parse_from_rfc3339(text).map_err(|_| invalid(pointer, "must be RFC 3339 with an offset"))
    };
    let length = moment(time_max, "/time_max")? - moment(time_min, "/time_min")?;
    if length <= TimeDelta::zero() {
        return Err(invalid("/time_max", "must be after /time_min"));
    }
    Ok(length)
}

/// Visible ASCII, and no segment that a URL resolves away.
fn is_segment(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) && text != "." && text != ".."
}

/// Base32hex, and what Google appends to it for one occurrence of a series.
fn is_event_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
