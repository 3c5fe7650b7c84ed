//! What agents can do with a Google account: one folder per service.

mod calendar;

use serde_json::Value;

use super::Google;
use crate::tool::Draft;
use bailee_core::{ProviderError, Tool, ToolAccount, ToolCall, ToolOutput};

/// A part of Google with tools of its own and an alias that connects for it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Calendar,
}

impl Service {
    pub(super) const ALL: [Self; 1] = [Self::Calendar];

    /// The key that starts a connect of this service alone.
    pub(super) const fn alias(self) -> &'static str {
        match self {
            Self::Calendar => "google_calendar",
        }
    }

    /// Its name for people.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Calendar => "Google Calendar",
        }
    }

    /// The names of its tools, in the order of the catalogue.
    pub(super) const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Calendar => &calendar::NAMES,
        }
    }
}

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    calendar::drafts()
}

/// One call: the account that it is for, and the tool that it is of.
struct Context<'a> {
    google: &'a Google,
    tool: &'a Tool,
    account: &'a ToolAccount<'a>,
    arguments: &'a Value,
    idempotency_key: Option<&'a str>,
}

pub(super) async fn call(google: &Google, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let tool = google.tools.iter().find(|tool| tool.name == *call.tool).ok_or(ProviderError::Unsupported)?;
    // Which of several accounts is the caller's choice, never ours.
    let [account] = call.accounts else {
        return Err(ProviderError::Unsupported);
    };
    let context =
        Context { google, tool, account, arguments: call.arguments, idempotency_key: call.idempotency_key };
    calendar::call(&context).await
}
