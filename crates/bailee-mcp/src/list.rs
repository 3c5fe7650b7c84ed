use std::sync::Arc;

use bailee_core::Effect;
use bailee_engine::{Bailee, GrantedTool};
use rmcp::model::{CacheScope, ErrorData, JsonObject, ListToolsResult, Tool, ToolAnnotations};
use serde_json::Value;

use crate::{answer, visit::Visit};

/// What the caller may use just now. Never a part of it: a store that does not answer is an error.
pub(crate) async fn list(bailee: &Bailee, visit: &Visit) -> Result<ListToolsResult, ErrorData> {
    let tools = visit.tools(bailee).await.map_err(|_| answer::unavailable())?;
    let mut result = ListToolsResult::with_all_items(tools.iter().map(told).collect());
    // It differs by caller, and may have changed when it arrives.
    result.cache_scope = Some(CacheScope::Private);
    result.ttl_ms = Some(0);
    Ok(result)
}

/// A tool as the protocol tells it.
fn told(granted: &GrantedTool) -> Tool {
    let tool = granted.tool();
    let reads = tool.effect == Effect::Read;
    let annotations = ToolAnnotations::with_title(tool.title).read_only(reads).open_world(tool.needs_account);
    let annotations = if reads {
        annotations
    } else {
        annotations.destructive(tool.hints.destructive).idempotent(tool.hints.idempotent)
    };
    let mut told =
        Tool::new(tool.name.to_string(), tool.description, Arc::new(object(granted.input_schema())));
    told.title = Some(tool.title.to_owned());
    told.output_schema = Some(Arc::new(object(tool.output_schema.clone())));
    told.annotations = Some(annotations);
    told
}

/// Schemas are objects: the catalogue has no others.
fn object(schema: Value) -> JsonObject {
    match schema {
        Value::Object(members) => members,
        _ => JsonObject::new(),
    }
}
