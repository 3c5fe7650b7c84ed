//! What agents can do with a Google account: one folder per service.

mod calendar;

use serde::Serialize;
use serde_json::Value;

use super::Google;
use crate::ConfigError;
use bailee_core::{
    Effect, OAuthScopes, PermissionFlag, ProviderError, ScopeSets, Tool, ToolAccount, ToolCall, ToolHints,
    ToolName, ToolOutput,
};

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
pub(super) fn catalogue() -> Result<Vec<Tool>, ConfigError> {
    calendar::tools()
}

/// A tool before its name and scopes are parsed.
struct Draft {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    effect: Effect,
    hints: ToolHints,
    /// What a counterpart needs.
    flag: Option<PermissionFlag>,
    /// Any one of these sets, the one to ask for first.
    scopes: &'static [&'static str],
    input_schema: Value,
    output_schema: Value,
}

impl Draft {
    fn finish(self) -> Result<Tool, ConfigError> {
        let invalid = ConfigError::Invalid { what: self.name };
        let sets = self.scopes.iter().map(|set| OAuthScopes::parse(set));
        Ok(Tool {
            name: ToolName::new(self.name).map_err(|_| invalid.clone())?,
            title: self.title,
            description: self.description,
            effect: self.effect,
            hints: self.hints,
            flag: self.flag,
            needs_account: true,
            scopes: ScopeSets::new(sets.collect::<Result<_, _>>().map_err(|_| invalid)?),
            input_schema: self.input_schema,
            output_schema: self.output_schema,
        })
    }
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

fn output(content: &impl Serialize) -> Result<ToolOutput, ProviderError> {
    let content = serde_json::to_value(content)
        .map_err(|_| ProviderError::Malformed { problem: "the result cannot be written" })?;
    Ok(ToolOutput { content })
}
