//! What agents can do with a Google account: one folder per service.

mod calendar;

use serde_json::Value;

use super::{
    Google,
    api::{self, Repeat},
};
use crate::tool::Draft;
use bailee_core::{Provider as _, ProviderError, Tool, ToolAccount, ToolCall, ToolOutput};
use bailee_oauth::{Request, Response};

/// A part of Google with tools of its own. Its alias is in `google.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Calendar,
}

impl Service {
    const ALL: [Self; 1] = [Self::Calendar];

    /// The names of its tools.
    const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Calendar => &calendar::NAMES,
        }
    }

    /// Its tools, in the order of the catalogue.
    fn drafts(self) -> Vec<Draft> {
        match self {
            Self::Calendar => calendar::drafts(),
        }
    }

    async fn call(self, context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
        match self {
            Self::Calendar => calendar::call(context).await,
        }
    }
}

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    Service::ALL.into_iter().flat_map(Service::drafts).collect()
}

/// One call: the account that it is for, and the tool that it is of.
struct Context<'a> {
    google: &'a Google,
    tool: &'a Tool,
    account: &'a ToolAccount<'a>,
    arguments: &'a Value,
    idempotency_key: Option<&'a str>,
}

impl Context<'_> {
    async fn send(&self, request: Request, repeat: Repeat) -> Result<Response, ProviderError> {
        let needs = Some(&self.tool.scopes);
        api::send(self.google, request, self.account.access_token, repeat, needs).await
    }
}

pub(super) async fn call(google: &Google, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let tool =
        google.tools().iter().find(|tool| tool.name == *call.tool).ok_or(ProviderError::Unsupported)?;
    // Which of several accounts is the caller's choice, never ours.
    let [account] = call.accounts else {
        return Err(ProviderError::Unsupported);
    };
    let context =
        Context { google, tool, account, arguments: call.arguments, idempotency_key: call.idempotency_key };
    let of_tool = |service: &Service| service.tools().contains(&tool.name.as_str());
    let service = Service::ALL.into_iter().find(of_tool).ok_or(ProviderError::Unsupported)?;
    service.call(&context).await
}
