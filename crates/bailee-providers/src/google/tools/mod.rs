//! What agents can do with a Google account: one folder per service.

mod calendar;
mod docs;
mod drive;
mod gmail;
mod sheets;

use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::{
    Google,
    api::{self, Repeat},
    error,
};
use crate::tool::{Draft, of_one_account};
use bailee_core::{Provider as _, ProviderError, ScopeSets, Tool, ToolAccount, ToolCall, ToolOutput};
use bailee_oauth::{Request, Response};

/// A part of Google with tools of its own. Its alias is in `google.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Calendar,
    Docs,
    Drive,
    Gmail,
    Sheets,
}

impl Service {
    /// In the order of the catalogue.
    const ALL: [Self; 5] = [Self::Calendar, Self::Docs, Self::Gmail, Self::Sheets, Self::Drive];

    /// The names of its tools.
    const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Calendar => &calendar::NAMES,
            Self::Docs => &docs::NAMES,
            Self::Drive => &drive::NAMES,
            Self::Gmail => &gmail::NAMES,
            Self::Sheets => &sheets::NAMES,
        }
    }

    fn drafts(self) -> Vec<Draft> {
        match self {
            Self::Calendar => calendar::drafts(),
            Self::Docs => docs::drafts(),
            Self::Drive => drive::drafts(),
            Self::Gmail => gmail::drafts(),
            Self::Sheets => sheets::drafts(),
        }
    }

    async fn call(self, context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
        match self {
            Self::Calendar => calendar::call(context).await,
            Self::Docs => docs::call(context).await,
            Self::Drive => drive::call(context).await,
            Self::Gmail => gmail::call(context).await,
            Self::Sheets => sheets::call(context).await,
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
    now: DateTime<Utc>,
}

impl Context<'_> {
    async fn send(&self, request: Request, repeat: Repeat) -> Result<Response, ProviderError> {
        self.send_for(&self.tool.scopes, request, repeat).await
    }

    /// With other scopes than those of the tool to report where a consent is missing.
    async fn send_for(
        &self,
        needs: &ScopeSets,
        request: Request,
        repeat: Repeat,
    ) -> Result<Response, ProviderError> {
        let token = self.account.access_token;
        api::send(
            self.google,
            request,
            token,
            repeat,
            error::Asked { needs: Some(needs), now: Some(self.now) },
        )
        .await
    }
}

pub(super) async fn call(google: &Google, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let (tool, account) = of_one_account(google.tools(), call)?;
    let context = Context {
        google,
        tool,
        account,
        arguments: call.arguments,
        idempotency_key: call.idempotency_key,
        now: call.now,
    };
    let of_tool = |service: &Service| service.tools().contains(&tool.name.as_str());
    let service = Service::ALL.into_iter().find(of_tool).ok_or(ProviderError::Unsupported)?;
    service.call(&context).await
}

/// The address of a resource below the base of an API; each segment is percent-encoded as a whole.
fn below(base: &Url, segments: &[&str]) -> Result<Url, ProviderError> {
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| ProviderError::Unsupported)?.pop_if_empty().extend(segments);
    Ok(url)
}

/// The id of a file, document, spreadsheet or folder: no character of it means anything in an address or a search.
fn is_file_id(text: &str) -> bool {
    (1..=MAX_FILE_ID).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Google's ids are of less than half of it.
const MAX_FILE_ID: usize = 128;

fn is_link(link: &str) -> bool {
    link.len() <= MAX_LINK && link.starts_with("https://") && link.bytes().all(|byte| byte.is_ascii_graphic())
}

const MAX_LINK: usize = 500;

/// Google checks the address; this keeps out what is no single address of plain characters.
fn is_address(text: &str) -> bool {
    const SPECIAL: &[u8] = b"()<>[]:;,\\\"";
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !SPECIAL.contains(&byte));
    plain
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'))
}
