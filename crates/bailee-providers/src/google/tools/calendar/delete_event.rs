use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{super::Context, WRITE};
use crate::{
    arguments,
    google::api::Repeat,
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "delete_event";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the event, from `list_events` or `create_event`.
    #[schemars(length(min = 1, max = 1024))]
    event_id: String,
    /// The calendar that it is in; the primary one if absent.
    #[schemars(length(min = 1, max = 254))]
    calendar_id: Option<String>,
    /// Whether its guests are told by mail; they are if absent.
    notify: Option<bool>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Whether the event is gone now; also when it was gone before.
    deleted: bool,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Delete a calendar event",
        description: "Deletes an event from the user's Google Calendar and tells its guests by mail. It cannot be \
                      undone. Find the id with list_events first. Returns deleted: true, also when the event was gone \
                      already.",
        effect: Effect::Write,
        hints: ToolHints { destructive: true, idempotent: true },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: WRITE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["DELETE /calendar/v3/calendars/{calendarId}/events/{eventId}"],
        page: "https://developers.google.com/workspace/calendar/api/v3/reference/events/delete",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = context.events_url(input.calendar_id.as_deref(), Some(&input.event_id))?;
    let updates = if input.notify.unwrap_or(true) { "all" } else { "none" };
    url.query_pairs_mut().append_pair("sendUpdates", updates);
    // Deleting twice is deleting once.
    match context.send(Request::new(Method::DELETE, url), Repeat::Safe).await {
        Ok(_) | Err(ProviderError::Rejected { status: 410, .. }) => output(&Output { deleted: true }),
        Err(error) => Err(error),
    }
}
