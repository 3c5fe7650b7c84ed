//! What agents can do with a Notion workspace.

mod append_to_notion_page;
mod content;
mod create_notion_database;
mod create_notion_page;
mod data_source;
mod get_notion_database;
mod get_notion_page_content;
mod item;
mod property;
mod query_database;
mod search_notion;
mod update_notion_page;

use std::sync::{Mutex, PoisonError};

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};
use url::Url;

use super::{Hooks, error};
use crate::{
    api::{Api, Repeat},
    arguments::invalid,
    tool::{Draft, of_one_account},
};
use bailee_core::{Provider as _, ProviderError, Tool, ToolAccount, ToolCall, ToolOutput, Uuid};
use bailee_oauth::{OAuthProvider, Request, Response};

/// The version that everything here is written for; Notion wants it with every request.
const VERSION: HeaderValue = HeaderValue::from_static("2026-03-11");

/// What Notion calls a request, for its support.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-notion-request-id");

/// The capabilities of a connection, which Notion sets for all users of it: not asked for by a consent.
const INSERT: &[&str] = &["insert_content"];
const READ: &[&str] = &["read_content"];
const UPDATE: &[&str] = &["update_content"];

/// A list has so many entries unless the caller says otherwise.
const DEFAULT_LIMIT: u32 = 20;
/// An answer of more characters is cut.
const MAX_OUTPUT: usize = 38_000;

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![
        search_notion::draft(),
        get_notion_database::draft(),
        query_database::draft(),
        get_notion_page_content::draft(),
        create_notion_page::draft(),
        create_notion_database::draft(),
        append_to_notion_page::draft(),
        update_notion_page::draft(),
    ]
}

pub(super) async fn call(
    hooks: &Hooks,
    provider: &OAuthProvider,
    call: &ToolCall<'_>,
) -> Result<ToolOutput, ProviderError> {
    let (tool, account) = of_one_account(&hooks.tools, call)?;
    let context = Context {
        provider,
        api: &hooks.api,
        tool,
        account,
        arguments: call.arguments,
        request_id: Mutex::new(None),
    };
    let output = context.call().await?;
    Ok(output.with_request_id(context.request_id.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

/// One call: the account that it is for, and the tool that it is of.
struct Context<'a> {
    provider: &'a OAuthProvider,
    api: &'a Url,
    tool: &'a Tool,
    account: &'a ToolAccount<'a>,
    arguments: &'a Value,
    /// What Notion called the last request.
    request_id: Mutex<Option<String>>,
}

impl Context<'_> {
    async fn call(&self) -> Result<ToolOutput, ProviderError> {
        match self.tool.name.as_str() {
            append_to_notion_page::NAME => append_to_notion_page::call(self).await,
            create_notion_database::NAME => create_notion_database::call(self).await,
            create_notion_page::NAME => create_notion_page::call(self).await,
            get_notion_database::NAME => get_notion_database::call(self).await,
            get_notion_page_content::NAME => get_notion_page_content::call(self).await,
            query_database::NAME => query_database::call(self).await,
            search_notion::NAME => search_notion::call(self).await,
            update_notion_page::NAME => update_notion_page::call(self).await,
            _ => Err(ProviderError::Unsupported),
        }
    }

    /// Reads an object, whatever the tool does besides.
    async fn get(&self, path: &[&str]) -> Result<Response, ProviderError> {
        self.read(Request::get(self.url(path)?)).await
    }

    /// For what only reads, although it may have a body.
    async fn read(&self, request: Request) -> Result<Response, ProviderError> {
        self.send(request, Repeat::Safe, READ).await
    }

    /// For what writes: a failure of the server may come after it was saved.
    async fn write(
        &self,
        method: Method,
        path: &[&str],
        body: &Value,
        needs: &[&str],
    ) -> Result<Response, ProviderError> {
        self.send(Request::new(method, self.url(path)?).json(body), Repeat::Unsafe, needs).await
    }

    async fn send(
        &self,
        request: Request,
        repeat: Repeat,
        needs: &[&str],
    ) -> Result<Response, ProviderError> {
        let api = Api { http: self.provider.http(), token_hosts: &self.provider.descriptor().token_hosts };
        let request = request.header(HeaderName::from_static("notion-version"), VERSION).keep(REQUEST_ID);
        let classify = |response: &Response| error::classify(response, needs);
        let response = api.send(request, self.account.access_token, repeat, classify).await?;
        let id = response.header(&REQUEST_ID).map(str::to_owned);
        *self.request_id.lock().unwrap_or_else(PoisonError::into_inner) = id;
        Ok(response)
    }

    fn url(&self, path: &[&str]) -> Result<Url, ProviderError> {
        let mut url = self.api.clone();
        url.path_segments_mut().map_err(|()| ProviderError::Unsupported)?.pop_if_empty().extend(path);
        Ok(url)
    }
}

/// An id as Notion writes it: a UUID (RFC 9562) with hyphens, in lower case. Taken with and without them.
fn id(text: &str, pointer: &str) -> Result<String, ProviderError> {
    parsed_id(text).ok_or_else(|| invalid(pointer, "must be a UUID, with or without hyphens"))
}

fn parsed_id(text: &str) -> Option<String> {
    // The parser takes braces and a prefix as well.
    let plain = matches!(text.len(), 32 | 36);
    Uuid::try_parse(text).ok().filter(|_| plain).map(|id| id.hyphenated().to_string())
}

/// Whether there is nothing of that id, or nothing that the connection may see.
const fn is_not_found(error: &ProviderError) -> bool {
    matches!(error, ProviderError::Rejected { status: 404, .. })
}

/// The size of an answer in the characters that an agent reads.
fn size(content: &impl serde::Serialize) -> Result<usize, ProviderError> {
    serde_json::to_string(content)
        .map(|text| text.chars().count())
        .map_err(|_| ProviderError::Malformed { problem: "the result cannot be written" })
}

/// A JSON object of the members that are there.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<Map<_, _>>()
        .into()
}
