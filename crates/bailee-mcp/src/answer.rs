//! What is answered when, in one place.

use std::time::Duration;

use bailee_core::{Caller, IntegrationId, ProviderError, Refusal, ToolOutput};
use bailee_engine::{TokenError, ToolError};
use rmcp::model::{CallToolResult, ContentBlock, ErrorCode, ErrorData};
use serde_json::{Value, json};

/// "Complete these in a browser first" of protocol version 2025-11-25; retired since.
const URL_ELICITATION_REQUIRED: ErrorCode = ErrorCode(-32042);

/// A tool that is not there, and as well one that is hidden from the caller: nobody can tell which.
pub(crate) fn unknown(tool: &str) -> ErrorData {
    ErrorData::invalid_params(format!("Unknown tool: {tool}"), None)
}

pub(crate) fn unavailable() -> ErrorData {
    ErrorData::internal_error("the tools cannot be looked up now: try again later", None)
}

pub(crate) fn invalid_state() -> ErrorData {
    ErrorData::invalid_params("requestState is not valid (any more): call the tool anew", None)
}

/// A result: structured, and the same as text for clients that read nothing else.
pub(crate) fn done(output: ToolOutput) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(output.content.to_string())]);
    result.structured_content = Some(output.content);
    result
}

/// An error of the tool, for the agent to read and act on.
pub(crate) fn error(text: impl Into<String>, details: Value) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(text.into())]);
    result.structured_content = Some(details);
    result
}

/// For a legacy client that opens pages by itself.
pub(crate) fn elicitation_required(message: String, url: &str, id: &str) -> ErrorData {
    let elicitation = json!({ "mode": "url", "elicitationId": id, "url": url, "message": message });
    ErrorData::new(URL_ELICITATION_REQUIRED, message, Some(json!({ "elicitations": [elicitation] })))
}

/// What a caller learns of a call that was not carried out, or not to its end.
///
/// # Errors
/// A refusal is an unknown tool; what the owner can mend was sorted out before.
pub(crate) fn failed(tool: &str, caller: &Caller, failure: &ToolError) -> Result<CallToolResult, ErrorData> {
    Ok(match failure {
        ToolError::Ambiguous { choices } => ambiguous(choices),
        ToolError::InProgress => {
            let text =
                "A call with this idempotency_key is under way. Wait, then repeat it with the same key.";
            error(text, json!({ "code": "in_progress" }))
        }
        ToolError::Limited(limited) => too_many(Some(limited.retry_after)),
        ToolError::Provider(failure) => of_provider(failure),
        ToolError::Refused { refusal: Refusal::NotConnected, .. } if !caller.is_counterpart() => {
            let text = "integration_id is none of the accounts that this tool may be used with.";
            error(text, json!({ "code": "not_connected", "pointer": "/integration_id" }))
        }
        ToolError::Refused { .. } => return Err(unknown(tool)),
        ToolError::Token(TokenError::Unavailable { retry_after }) => temporary(*retry_after),
        _ => temporary(failure.retry_after()),
    })
}

fn ambiguous(choices: &[IntegrationId]) -> CallToolResult {
    let choices: Vec<String> = choices.iter().map(ToString::to_string).collect();
    let text = format!(
        "Several accounts are connected. Name one of them as integration_id: {}.",
        choices.join(", ")
    );
    error(text, json!({ "code": "ambiguous", "pointer": "/integration_id", "choices": choices }))
}

fn of_provider(failure: &ProviderError) -> CallToolResult {
    match failure {
        ProviderError::InvalidArguments { pointer, problem } => {
            let place = if pointer.is_empty() { "the arguments" } else { pointer };
            let details = json!({ "code": "invalid_arguments", "pointer": pointer, "problem": problem });
            error(format!("Invalid arguments: {place} {problem}."), details)
        }
        ProviderError::OutcomeUnknown => {
            let text = "The outcome is unknown: it may have been carried out. Look before you repeat it.";
            error(text, json!({ "code": "outcome_unknown" }))
        }
        ProviderError::RateLimited { retry_after } => too_many(*retry_after),
        ProviderError::Rejected { status, code } => {
            let text = format!("The provider refused the call ({code}).");
            error(text, json!({ "code": "refused_by_provider", "status": status, "reason": code }))
        }
        ProviderError::Unavailable { retry_after } => temporary(*retry_after),
        other => error(format!("The call failed: {other}."), json!({ "code": "failed" })),
    }
}

/// By the provider, or by the limits of the owner.
fn too_many(retry_after: Option<Duration>) -> CallToolResult {
    let wait = retry_after.map(seconds);
    let text = match wait {
        Some(wait) => format!("Too many calls. Try again in {wait} seconds."),
        None => "Too many calls. Try again later.".to_owned(),
    };
    error(text, json!({ "code": "rate_limited", "retry_after_s": wait }))
}

/// Whole seconds, rounded up.
fn seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

fn temporary(retry_after: Option<Duration>) -> CallToolResult {
    let wait = retry_after.map(seconds);
    let text = "This cannot be done just now. Nothing was changed; try again later.";
    error(text, json!({ "code": "unavailable", "retry_after_s": wait }))
}
