//! What agents can do with a webhook.

mod call_webhook;

use super::Webhook;
use crate::tool::{Draft, of_one_account};
use bailee_core::{ProviderError, ToolCall, ToolOutput};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![call_webhook::draft()]
}

pub(super) async fn call(webhook: &Webhook, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let (tool, account) = of_one_account(&webhook.tools, call)?;
    call_webhook::call(webhook, tool, account, call).await
}
