//! What agents can do with a webhook.

mod call_webhook;

use super::Webhook;
use crate::tool::Draft;
use bailee_core::{ProviderError, ToolCall, ToolOutput};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![call_webhook::draft()]
}

pub(super) async fn call(webhook: &Webhook, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let tool = webhook.tools.iter().find(|tool| tool.name == *call.tool).ok_or(ProviderError::Unsupported)?;
    // Which of several accounts is the caller's choice, never ours.
    let [account] = call.accounts else {
        return Err(ProviderError::Unsupported);
    };
    call_webhook::call(webhook, tool, account, call).await
}
