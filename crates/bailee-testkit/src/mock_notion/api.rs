//! The part of the API that the tools need: routes, and what every call goes through.

use http::{Method, StatusCode};
use serde_json::Value;

use super::{
    answer::{
        error, invalid_request, not_found, rate_limited, restricted, saved_but_unavailable, unauthorized,
        validation,
    },
    block, database, page, search,
    state::State,
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest};

/// `PATCH /v1/blocks/{block_id}/children`.
pub const BLOCKS_APPEND: Endpoint = Endpoint::Api("patch-block-children");
/// `GET /v1/blocks/{block_id}/children`.
pub const BLOCKS_LIST: Endpoint = Endpoint::Api("get-block-children");
/// `GET /v1/data_sources/{data_source_id}`.
pub const DATA_SOURCE_GET: Endpoint = Endpoint::Api("retrieve-a-data-source");
/// `POST /v1/data_sources/{data_source_id}/query`.
pub const DATA_SOURCE_QUERY: Endpoint = Endpoint::Api("post-database-query");
/// `POST /v1/databases`.
pub const DATABASE_CREATE: Endpoint = Endpoint::Api("create-database");
/// `GET /v1/databases/{database_id}`.
pub const DATABASE_GET: Endpoint = Endpoint::Api("retrieve-database");
/// `POST /v1/oauth/introspect`.
pub const INTROSPECT: Endpoint = Endpoint::Api("introspect-token");
/// `POST /v1/pages`.
pub const PAGE_CREATE: Endpoint = Endpoint::Api("post-page");
/// `GET /v1/pages/{page_id}`.
pub const PAGE_GET: Endpoint = Endpoint::Api("retrieve-a-page");
/// `GET /v1/pages/{page_id}/markdown`.
pub const PAGE_MARKDOWN: Endpoint = Endpoint::Api("retrieve-page-markdown");
/// `PATCH /v1/pages/{page_id}`.
pub const PAGE_UPDATE: Endpoint = Endpoint::Api("patch-page");
/// `POST /v1/search`.
pub const SEARCH: Endpoint = Endpoint::Api("post-search");

/// Everything else.
const NOTHING: Endpoint = Endpoint::Api("invalid-request-url");

/// The wait that the mock asks for.
const WAIT: u32 = 7;

pub(super) fn route(method: &Method, path: &str) -> Endpoint {
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        (&Method::GET, ["blocks", _, "children"]) => BLOCKS_LIST,
        (&Method::PATCH, ["blocks", _, "children"]) => BLOCKS_APPEND,
        (&Method::GET, ["data_sources", _]) => DATA_SOURCE_GET,
        (&Method::POST, ["data_sources", _, "query"]) => DATA_SOURCE_QUERY,
        (&Method::POST, ["databases"]) => DATABASE_CREATE,
        (&Method::GET, ["databases", _]) => DATABASE_GET,
        (&Method::POST, ["oauth", "introspect"]) => INTROSPECT,
        (&Method::POST, ["pages"]) => PAGE_CREATE,
        (&Method::GET, ["pages", _]) => PAGE_GET,
        (&Method::PATCH, ["pages", _]) => PAGE_UPDATE,
        (&Method::GET, ["pages", _, "markdown"]) => PAGE_MARKDOWN,
        (&Method::POST, ["search"]) => SEARCH,
        _ => NOTHING,
    }
}

/// The capability that a call needs, and whether it writes.
fn needs(endpoint: Endpoint) -> (&'static str, bool) {
    match endpoint {
        PAGE_CREATE | DATABASE_CREATE | BLOCKS_APPEND => ("insert_content", true),
        PAGE_UPDATE => ("update_content", true),
        _ => ("read_content", false),
    }
}

/// Carries out a call: first the token, then the pace, the capability, the body, and then the call.
pub(super) fn call(state: &mut State, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
    if !request.bearer().is_some_and(|token| state.is_live(token)) {
        return unauthorized();
    }
    if endpoint == NOTHING {
        return error(StatusCode::BAD_REQUEST, "invalid_request_url", "Invalid request URL.");
    }
    match &mut state.settings.budget {
        Some(0) => return rate_limited(WAIT),
        Some(left) => *left -= 1,
        None => {}
    }
    let (capability, writes) = needs(endpoint);
    if !state.settings.capabilities.contains(capability) {
        return restricted();
    }
    if request.method != Method::GET {
        let Some(body) = &request.json else {
            return error(StatusCode::BAD_REQUEST, "invalid_json", "Error parsing JSON body.");
        };
        if let Err(problem) = within_limits(body) {
            return validation(problem);
        }
    }
    let answer = carry_out(state, endpoint, request).unwrap_or_else(|refused| refused);
    if writes && answer.status.is_success() && state.settings.lost_writes > 0 {
        state.settings.lost_writes -= 1;
        let written: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let id = written.get("id").and_then(Value::as_str).unwrap_or_default();
        return saved_but_unavailable(id);
    }
    answer
}

fn carry_out(state: &mut State, endpoint: Endpoint, request: &RecordedRequest) -> Result<Answer, Answer> {
    let id = id(request)?;
    let body = request.json.as_ref().unwrap_or(&Value::Null);
    let most = state.settings.page_size;
    let workspace = &mut state.workspace;
    match endpoint {
        BLOCKS_APPEND => block::append(workspace, &id, body),
        BLOCKS_LIST => block::list(workspace, &id, request, most),
        DATA_SOURCE_GET => database::data_source(workspace, &id),
        DATA_SOURCE_QUERY => database::query(workspace, &id, body, most),
        DATABASE_CREATE => database::create(workspace, body),
        DATABASE_GET => database::database(workspace, &id),
        PAGE_CREATE => page::create(workspace, body),
        PAGE_GET => page::get(workspace, &id),
        PAGE_MARKDOWN => page::markdown(workspace, &id),
        PAGE_UPDATE => page::update(workspace, &id, body),
        SEARCH => search::search(workspace, body, most),
        _ => Err(not_found(&id)),
    }
}

/// The id in the path, with hyphens; empty where there is none.
fn id(request: &RecordedRequest) -> Result<String, Answer> {
    match request.path.split('/').nth(3) {
        None => Ok(String::new()),
        Some(part) => {
            normal(part).ok_or_else(|| invalid_request("The id in the path should be a valid uuid."))
        }
    }
}

/// An id with hyphens, in lower case.
pub(super) fn normal(id: &str) -> Option<String> {
    let plain = matches!(id.len(), 32 | 36);
    bailee_core::Uuid::try_parse(id).ok().filter(|_| plain).map(|id| id.to_string())
}

/// What Notion's page of limits says of every body.
fn within_limits(value: &Value) -> Result<(), &'static str> {
    match value {
        Value::Array(items) => {
            if items.len() > 100 {
                return Err("A list should have at most 100 items.");
            }
            items.iter().try_for_each(within_limits)
        }
        Value::Object(members) => members.iter().try_for_each(|(name, member)| match member {
            Value::String(text) if name == "content" && text.encode_utf16().count() > 2000 => {
                Err("text.content.length should be at most 2000.")
            }
            member => within_limits(member),
        }),
        _ => Ok(()),
    }
}
