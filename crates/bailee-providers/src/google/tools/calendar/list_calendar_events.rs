use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{Context, below},
    FREE_BUSY, PRIMARY, window,
};
use crate::{
    arguments::{self, invalid},
    google::api::{self, Repeat},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;
use chrono::TimeDelta;

pub(super) const NAME: &str = "list_calendar_events";

/// The longest window: availability is for a meeting, not for a history.
const LONGEST: TimeDelta = TimeDelta::days(31);
/// More busy times than this are left out.
const MOST: usize = 400;
/// A moment of Google is no longer.
const LONGEST_MOMENT: usize = 40;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The beginning of the window: RFC 3339 with an offset, for example 2026-03-04T00:00:00+01:00.
    #[schemars(length(min = 20, max = 40))]
    time_min: String,
    /// The end of the window, at most 31 days later: RFC 3339 with an offset.
    #[schemars(length(min = 20, max = 40))]
    time_max: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// When the user is busy, by time. Everything else of the window is free.
    busy: Vec<Span>,
    /// Whether later busy times were left out.
    truncated: bool,
}

/// From a moment to a moment.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Span {
    /// The beginning, RFC 3339.
    start: String,
    /// The end, RFC 3339.
    end: String,
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    calendars: HashMap<String, OfCalendar>,
}

#[derive(Debug, Deserialize)]
struct OfCalendar {
    #[serde(default)]
    busy: Vec<Span>,
    #[serde(default)]
    errors: Vec<serde::de::IgnoredAny>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "See busy times",
        description: "Returns when the user is busy within a time window of at most 31 days, from the main Google Calendar: \
                      beginnings and ends, no titles, places or guests. Use it to find a time for a meeting, then \
                      propose_meeting.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanQueryAvailability),
        scopes: FREE_BUSY,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /calendar/v3/freeBusy"],
        page: "https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    if window(&input.time_min, &input.time_max)? > LONGEST {
        return Err(invalid("/time_max", "must be at most 31 days after /time_min"));
    }
    let url = below(&context.google.endpoints.calendar, &["freeBusy"])?;
    let body = json!({ "timeMin": input.time_min, "timeMax": input.time_max, "items": [{ "id": PRIMARY }] });
    let response = context.send(Request::post(url).json(&body), Repeat::Safe).await?;
    let mut answer: Answer = api::json(&response, Repeat::Safe)?;
    // Without an answer for the calendar everything would look free.
    let missing = ProviderError::Malformed { problem: "the calendar is missing" };
    let calendar = answer.calendars.remove(PRIMARY).ok_or(missing)?;
    if !calendar.errors.is_empty() {
        return Err(ProviderError::Unavailable { retry_after: None });
    }
    let truncated = calendar.busy.len() > MOST;
    let clean = |moment: &str| crate::text::clean(moment, LONGEST_MOMENT).0;
    let busy = calendar.busy.iter().take(MOST);
    let busy = busy.map(|span| Span { start: clean(&span.start), end: clean(&span.end) });
    output(&Output { busy: busy.collect(), truncated })
}
