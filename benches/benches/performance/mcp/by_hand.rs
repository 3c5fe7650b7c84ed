use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::post,
};
use bailee_core::{Caller, Effect, Owner};
use bailee_engine::{Bailee, GrantedTool};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{PATH, USER};
use crate::named::PROFILE;

struct Host {
    bailee: Bailee,
    caller: Caller,
}

#[derive(Deserialize)]
struct Request {
    id: Value,
    #[serde(flatten)]
    wanted: Wanted,
}

#[derive(Deserialize)]
#[serde(tag = "method", content = "params")]
enum Wanted {
    #[serde(rename = "tools/call")]
    Call { name: String, arguments: Value },
    #[serde(rename = "tools/list")]
    List {},
}

#[derive(Serialize)]
struct Answer<T> {
    jsonrpc: &'static str,
    id: Value,
    result: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    result_type: &'static str,
    tools: Vec<Told<'a>>,
    ttl_ms: u32,
    cache_scope: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    name: &'a str,
    title: &'a str,
    description: &'a str,
    input_schema: Arc<Map<String, Value>>,
    output_schema: Arc<Map<String, Value>>,
    annotations: Annotations<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Annotations<'a> {
    title: &'a str,
    read_only_hint: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    destructive_hint: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotent_hint: Option<bool>,
    open_world_hint: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Called {
    result_type: &'static str,
    content: [Value; 1],
    structured_content: Value,
    is_error: bool,
}

/// Identifies nobody, and knows two methods.
pub(super) fn router(bailee: &Bailee) -> anyhow::Result<Router> {
    let host = Host { bailee: bailee.clone(), caller: Caller::own(Owner::user(USER)?, PROFILE)? };
    Ok(Router::new().route(PATH, post(answer)).with_state(Arc::new(host)))
}

async fn answer(State(host): State<Arc<Host>>, Json(request): Json<Request>) -> Result<Response, StatusCode> {
    let id = request.id;
    match request.wanted {
        Wanted::Call { name, arguments } => {
            let result = host.call(&name, arguments).await?;
            Ok(Json(Answer { jsonrpc: "2.0", id, result }).into_response())
        }
        Wanted::List {} => {
            let tools = host.bailee.tools(&host.caller).await.map_err(failed)?;
            let tools = tools.iter().map(Told::from).collect();
            let result = Listed { result_type: "complete", tools, ttl_ms: 0, cache_scope: "private" };
            Ok(Json(Answer { jsonrpc: "2.0", id, result }).into_response())
        }
    }
}

impl Host {
    async fn call(&self, tool: &str, arguments: Value) -> Result<Called, StatusCode> {
        let permit = self.bailee.authorize(&self.caller, tool).await.map_err(failed)?;
        let output = permit.call(arguments).await.map_err(failed)?.content;
        Ok(Called {
            result_type: "complete",
            content: [json!({ "type": "text", "text": output.to_string() })],
            structured_content: output,
            is_error: false,
        })
    }
}

impl<'a> From<&'a GrantedTool> for Told<'a> {
    fn from(granted: &'a GrantedTool) -> Self {
        let tool = granted.tool();
        let writes = tool.effect == Effect::Write;
        Self {
            name: tool.name.as_str(),
            title: tool.title,
            description: tool.description,
            input_schema: granted.input_schema(),
            output_schema: granted.output_schema(),
            annotations: Annotations {
                title: tool.title,
                read_only_hint: !writes,
                destructive_hint: writes.then_some(tool.hints.destructive),
                idempotent_hint: writes.then_some(tool.hints.idempotent),
                open_world_hint: tool.needs_account,
            },
        }
    }
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
