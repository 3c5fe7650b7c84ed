//! What is written onto a page: Markdown or plain text, in as many requests as it takes.

use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::Context;
use crate::{
    arguments::invalid,
    notion::{blocks, markdown},
};
use bailee_core::ProviderError;

/// More blocks are too much for one call.
const MOST_BLOCKS: usize = 500;

/// Why not everything was written.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stopped {
    RateLimited,
    Refused,
    Unclear,
}

/// How far it came.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) blocks: usize,
    pub(super) stopped: Option<Stopped>,
}

/// The bodies of the blocks of either text; none of both.
pub(super) fn bodies(markdown: Option<&str>, text: Option<&str>) -> Result<Vec<Value>, ProviderError> {
    let (pointer, blocks) = match (markdown, text) {
        (Some(markdown), None) => ("/markdown", markdown::blocks(markdown)),
        (None, Some(text)) => ("/text", blocks::paragraphs(text)),
        (None, None) => return Ok(Vec::new()),
        (Some(_), Some(_)) => return Err(invalid("/text", "must be absent where /markdown is given")),
    };
    let bodies = blocks::bodies(&blocks);
    if bodies.len() > MOST_BLOCKS {
        return Err(invalid(pointer, "makes more than 500 blocks: write it in several calls"));
    }
    Ok(bodies)
}

/// Appends to a page in order. Once something is written, a failure is told and not returned: whoever repeats the call
/// must know that.
pub(super) async fn append(
    context: &Context<'_>,
    page_id: &str,
    bodies: &[Value],
    already: usize,
) -> Result<Written, ProviderError> {
    let mut written = Written { blocks: already, stopped: None };
    for part in blocks::requests(bodies) {
        let body = json!({ "children": part });
        match context.write(Method::PATCH, &["blocks", page_id, "children"], &body).await {
            Ok(_) => written.blocks += part.len(),
            Err(error) if written.blocks == 0 => return Err(error),
            Err(error) => {
                written.stopped = Some(match error {
                    ProviderError::RateLimited { .. } => Stopped::RateLimited,
                    ProviderError::OutcomeUnknown | ProviderError::Unavailable { .. } => Stopped::Unclear,
                    _ => Stopped::Refused,
                });
                break;
            }
        }
    }
    Ok(written)
}
