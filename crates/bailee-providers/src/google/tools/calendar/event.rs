//! An event, as Google answers it and as an agent reads it.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::is_link;
use crate::text::clean;

/// Of an event with more guests, so many are shown.
const MAX_GUESTS: usize = 10;
const MAX_TEXT: usize = 200;
const MAX_ID: usize = 1024;

/// What Google answers. Everything may be missing: a cancelled event has an id and little else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GoogleEvent {
    id: String,
    status: Option<String>,
    summary: Option<String>,
    location: Option<String>,
    html_link: Option<String>,
    start: Option<GoogleTime>,
    end: Option<GoogleTime>,
    #[serde(default)]
    attendees: Vec<GoogleGuest>,
    recurring_event_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GoogleTime {
    date: Option<String>,
    date_time: Option<String>,
    time_zone: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GoogleGuest {
    email: Option<String>,
    response_status: Option<String>,
}

/// What an agent reads.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Event {
    /// The id of the event, to be used with the same calendar.
    id: String,
    /// Whether it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<EventStatus>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    /// When it starts: RFC 3339 in UTC, or a date when it is an all-day event.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// When it ends: RFC 3339 in UTC, or the first date after an all-day event.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    /// Whether start and end are dates.
    all_day: bool,
    /// The IANA time zone in which people read it, for example Europe/Zurich.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    /// Where it takes place.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// Its page in Google Calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    html_link: Option<String>,
    /// The first guests.
    attendees: Vec<Guest>,
    /// How many guests there are in all.
    attendee_count: usize,
    /// The id of the series that it is one occurrence of.
    #[serde(skip_serializing_if = "Option::is_none")]
    recurring_event_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Guest {
    /// The guest's e-mail address.
    email: String,
    /// What the guest answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<GuestResponse>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum EventStatus {
    Cancelled,
    Confirmed,
    Tentative,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum GuestResponse {
    Accepted,
    Declined,
    NeedsAction,
    Tentative,
}

impl Event {
    /// The event in so few characters that 50 of them fit into an answer. Tells whether something was cut.
    pub(super) fn read(event: GoogleEvent) -> (Self, bool) {
        let attendee_count = event.attendees.len();
        let (summary, summary_cut) = shorten(event.summary.as_deref());
        let (location, location_cut) = shorten(event.location.as_deref());
        let all_day = event.start.as_ref().is_some_and(|start| start.date.is_some());
        let read = Self {
            id: clean(&event.id, MAX_ID).0,
            status: event.status.as_deref().and_then(EventStatus::read),
            summary,
            start: event.start.as_ref().and_then(GoogleTime::read),
            end: event.end.as_ref().and_then(GoogleTime::read),
            all_day,
            time_zone: event.start.and_then(|start| start.time_zone).map(|zone| clean(&zone, 64).0),
            location,
            html_link: event.html_link.filter(|link| is_link(link)),
            attendees: event.attendees.into_iter().filter_map(Guest::read).take(MAX_GUESTS).collect(),
            attendee_count,
            recurring_event_id: event.recurring_event_id.map(|id| clean(&id, MAX_ID).0),
        };
        let cut = summary_cut || location_cut || attendee_count > read.attendees.len();
        (read, cut)
    }

    /// Leaves the guests out, and tells whether there were any.
    pub(super) fn drop_guests(&mut self) -> bool {
        let any = !self.attendees.is_empty();
        self.attendees.clear();
        any
    }

    /// Cuts the texts to `max` characters, and tells whether that changed any.
    pub(super) fn shorten_texts(&mut self, max: usize) -> bool {
        let mut cut = false;
        for text in [&mut self.summary, &mut self.location].into_iter().flatten() {
            let (short, shorter) = clean(text, max);
            *text = short;
            cut |= shorter;
        }
        cut
    }
}

impl GoogleTime {
    fn read(&self) -> Option<String> {
        if let Some(date) = &self.date {
            return Some(clean(date, 32).0);
        }
        let moment = DateTime::parse_from_rfc3339(self.date_time.as_deref()?).ok()?;
        Some(moment.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Guest {
    fn read(guest: GoogleGuest) -> Option<Self> {
        Some(Self {
            email: clean(&guest.email?, 254).0,
            response: guest.response_status.as_deref().and_then(GuestResponse::read),
        })
    }
}

impl EventStatus {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "cancelled" => Self::Cancelled,
            "confirmed" => Self::Confirmed,
            "tentative" => Self::Tentative,
            _ => return None,
        })
    }
}

impl GuestResponse {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "accepted" => Self::Accepted,
            "declined" => Self::Declined,
            "needsAction" => Self::NeedsAction,
            "tentative" => Self::Tentative,
            _ => return None,
        })
    }
}

fn shorten(text: Option<&str>) -> (Option<String>, bool) {
    text.map_or((None, false), |text| {
        let (short, cut) = clean(text, MAX_TEXT);
        (Some(short), cut)
    })
}
