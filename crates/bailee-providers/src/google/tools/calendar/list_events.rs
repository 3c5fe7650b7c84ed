use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::Context,
    READ,
    event::{Event, GoogleEvent},
    window,
};
use crate::{
    arguments,
    google::api::{self, Repeat},
    tool::{Draft, length, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "list_events";

const DEFAULT_LIMIT: u32 = 20;
/// An answer of more characters is cut, guests first and then texts.
const MAX_OUTPUT: usize = 38_000;
const SHORT_TEXT: usize = 60;
/// Only what is shown.
const FIELDS: &str = "nextPageToken,timeZone,items(id,status,summary,location,htmlLink,start,end,\
                      attendees(email,responseStatus),recurringEventId)";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Events that end after this moment: RFC 3339 with an offset, for example 2026-03-04T00:00:00+01:00.
    #[schemars(length(min = 20, max = 40))]
    time_min: String,
    /// Events that start before this moment: RFC 3339 with an offset.
    #[schemars(length(min = 20, max = 40))]
    time_max: String,
    /// Words to look for in title, description, place and guests.
    #[schemars(length(min = 1, max = 500))]
    query: Option<String>,
    /// The calendar to read; the primary one if absent.
    #[schemars(length(min = 1, max = 254))]
    calendar_id: Option<String>,
    /// At most so many events; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with otherwise the same arguments.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The events by their start; each occurrence of a series is one. May be empty although there are more.
    items: Vec<Event>,
    /// To be passed as cursor for the events after these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more events, or parts of these were left out.
    truncated: bool,
    /// The IANA time zone of the calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    items: Vec<GoogleEvent>,
    next_page_token: Option<String>,
    time_zone: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "List calendar events",
        description: "Lists the events of a time window from the user's Google Calendar, with titles, places and \
                      guests, by start time. Use it to see what is planned, to look for an event, or to find the id that \
                      delete_event needs. Returns items and, where there are more, next_cursor.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /calendar/v3/calendars/{calendarId}/events"],
        page: "https://developers.google.com/workspace/calendar/api/v3/reference/events/list",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    window(&input.time_min, &input.time_max)?;
    let limit = input.limit.unwrap_or(DEFAULT_LIMIT).to_string();
    let mut url = context.events_url(input.calendar_id.as_deref(), None)?;
    url.query_pairs_mut()
        .append_pair("timeMin", &input.time_min)
        .append_pair("timeMax", &input.time_max)
        .append_pair("singleEvents", "true")
        .append_pair("orderBy", "startTime")
        .append_pair("maxResults", &limit)
        .append_pair("fields", FIELDS)
        .extend_pairs(input.query.iter().map(|query| ("q", query)))
        .extend_pairs(input.cursor.iter().map(|cursor| ("pageToken", cursor)));
    let response = context.send(Request::get(url), Repeat::Safe).await?;
    output(&fit(api::json(&response, Repeat::Safe)?)?)
}

/// The page in at most [`MAX_OUTPUT`] characters: no event is left out, as the next page begins after them.
fn fit(page: Page) -> Result<Output, ProviderError> {
    let mut cut = false;
    let mut items = Vec::with_capacity(page.items.len());
    for event in page.items {
        let (event, shortened) = Event::read(event);
        cut |= shortened;
        items.push(event);
    }
    if length(&items)? > MAX_OUTPUT {
        for event in &mut items {
            cut |= event.drop_guests();
        }
    }
    if length(&items)? > MAX_OUTPUT {
        for event in &mut items {
            cut |= event.shorten_texts(SHORT_TEXT);
        }
    }
    Ok(Output {
        truncated: cut || page.next_page_token.is_some(),
        items,
        next_cursor: page.next_page_token,
        time_zone: page.time_zone.map(|zone| crate::text::clean(&zone, 64).0),
    })
}
