use bailee_core::Effect;
use bailee_engine::{Bailee, GrantedTool};
use rmcp::model::{CacheScope, ErrorData, ListToolsResult, Tool, ToolAnnotations};

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
    let mut told = Tool::new(tool.name.to_string(), tool.description, granted.input_schema());
    told.title = Some(tool.title.to_owned());
    told.output_schema = Some(granted.output_schema());
    told.annotations = Some(annotations);
    told
}
