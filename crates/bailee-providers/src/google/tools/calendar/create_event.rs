use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, NaiveDate};
use ring::digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    super::{Context, is_address},
    PRIMARY, WRITE,
    event::{Event, GoogleEvent},
};
use crate::{
    arguments::{self, invalid},
    google::api::{self, Repeat},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "create_event";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The title.
    #[schemars(length(min = 1, max = 1024))]
    summary: String,
    /// When it starts: RFC 3339 with an offset (2026-03-04T15:00:00+01:00), or a date (2026-03-04) for an all-day event.
    #[schemars(length(min = 10, max = 40))]
    start: String,
    /// When it ends, in the same form as start and after it; for an all-day event the first date that is not part of it.
    #[schemars(length(min = 10, max = 40))]
    end: String,
    /// The IANA time zone in which people read it, for example Europe/Zurich.
    #[schemars(length(min = 1, max = 64))]
    time_zone: Option<String>,
    /// The e-mail addresses of the guests.
    #[schemars(length(max = 100), inner(length(min = 3, max = 254)))]
    attendees: Option<Vec<String>>,
    /// Where it takes place.
    #[schemars(length(max = 1024))]
    location: Option<String>,
    /// What it is about.
    #[schemars(length(max = 8000))]
    description: Option<String>,
    /// The calendar to write to; the primary one if absent.
    #[schemars(length(min = 1, max = 254))]
    calendar_id: Option<String>,
    /// Which guests get an invitation by mail; all if absent.
    send_updates: Option<SendUpdates>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SendUpdates {
    #[default]
    All,
    ExternalOnly,
    None,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The event as it stands in the calendar.
    event: Event,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Create a calendar event",
        description: "Creates an event in the user's Google Calendar and invites its guests by mail. Use it once date, \
                      time and guests are settled; to see what is there before, use list_events. Returns the event with \
                      its id and link.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: WRITE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &[
            "GET /calendar/v3/calendars/{calendarId}/events/{eventId}",
            "POST /calendar/v3/calendars/{calendarId}/events",
        ],
        page: "https://developers.google.com/workspace/calendar/api/v3/reference/events/insert",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let calendar_id = input.calendar_id.as_deref();
    let mut body = body(&input)?;
    let id = context.idempotency_key.map(|key| event_id(context, calendar_id, key));
    let repeat = if id.is_some() { Repeat::Safe } else { Repeat::Unsafe };
    if let Some(id) = &id {
        body.insert("id".to_owned(), Value::from(id.as_str()));
    }
    let mut url = context.events_url(calendar_id, None)?;
    url.query_pairs_mut().append_pair("sendUpdates", input.send_updates.unwrap_or_default().as_str());
    let request = Request::post(url).json(&Value::Object(body));
    let response = match (context.send(request, repeat).await, &id) {
        // Made by an earlier call with the same key: this is its event.
        (Err(ProviderError::Rejected { status: 409, .. }), Some(id)) => {
            let url = context.events_url(calendar_id, Some(id))?;
            context.send(Request::get(url), Repeat::Safe).await?
        }
        (result, _) => result?,
    };
    let event: GoogleEvent = api::json(&response, repeat)?;
    output(&Output { event: Event::read(event).0 })
}

fn body(input: &Input) -> Result<Map<String, Value>, ProviderError> {
    let (start, end) = times(input)?;
    let attendees = input.attendees.iter().flatten().enumerate().map(|(index, email)| {
        if is_address(email) {
            Ok(json!({ "email": email }))
        } else {
            Err(invalid(&format!("/attendees/{index}"), "is not an e-mail address"))
        }
    });
    let attendees = attendees.collect::<Result<Vec<_>, _>>()?;
    let mut body = Map::new();
    body.insert("summary".to_owned(), Value::from(input.summary.as_str()));
    body.insert("start".to_owned(), start);
    body.insert("end".to_owned(), end);
    if !attendees.is_empty() {
        body.insert("attendees".to_owned(), Value::Array(attendees));
    }
    for (name, text) in [("location", &input.location), ("description", &input.description)] {
        if let Some(text) = text {
            body.insert(name.to_owned(), Value::from(text.as_str()));
        }
    }
    Ok(body)
}

/// Start and end as Google wants them.
fn times(input: &Input) -> Result<(Value, Value), ProviderError> {
    if input.time_zone.as_deref().is_some_and(|zone| !is_time_zone(zone)) {
        return Err(invalid("/time_zone", "is not the name of a time zone"));
    }
    let after = |is_after: bool| {
        if is_after { Ok(()) } else { Err(invalid("/end", "must be after /start")) }
    };
    match (Time::parse(&input.start, "/start")?, Time::parse(&input.end, "/end")?) {
        (Time::Date(start), Time::Date(end)) => after(end > start)?,
        (Time::Moment(start), Time::Moment(end)) => after(end > start)?,
        _ => return Err(invalid("/end", "must be of the same form as /start")),
    }
    let write = |text: &str| {
        let name = if text.len() == DATE_LENGTH { "date" } else { "dateTime" };
        let mut time = Map::from_iter([(name.to_owned(), Value::from(text))]);
        if let Some(zone) = &input.time_zone {
            time.insert("timeZone".to_owned(), Value::from(zone.as_str()));
        }
        Value::Object(time)
    };
    Ok((write(&input.start), write(&input.end)))
}

const DATE_LENGTH: usize = "2026-03-04".len();

enum Time {
    Date(NaiveDate),
    Moment(DateTime<FixedOffset>),
}

impl Time {
    fn parse(text: &str, pointer: &str) -> Result<Self, ProviderError> {
        if text.len() == DATE_LENGTH {
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
            return date.map(Self::Date).map_err(|_| invalid(pointer, "is not a date"));
        }
        DateTime::parse_from_rfc3339(text)
            .map(Self::Moment)
            .map_err(|_| invalid(pointer, "must be RFC 3339 with an offset, or a date"))
    }
}

impl SendUpdates {
    const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::ExternalOnly => "externalOnly",
            Self::None => "none",
        }
    }
}

/// The same key for the same account and calendar gives the same event: SHA-256 over the parts, each after its length
/// (u64, big-endian), in hexadecimal, whose digits are a part of base32hex (RFC 4648 §7), which Google asks for.
fn event_id(context: &Context<'_>, calendar_id: Option<&str>, key: &str) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    let account = context.account.account.id.as_str();
    for part in ["bailee/google/create_event/v1", account, calendar_id.unwrap_or(PRIMARY), key] {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finish().as_ref().iter().fold(String::new(), |mut id, byte| {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    })
}

fn is_time_zone(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte))
}
