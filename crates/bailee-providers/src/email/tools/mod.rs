//! What agents can do with a mail server.

mod send_email_notification;

use super::Email;
use crate::tool::Draft;
use bailee_core::{ProviderError, ToolCall, ToolOutput};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![send_email_notification::draft()]
}

pub(super) async fn call(email: &Email, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let tool = email.tools.iter().find(|tool| tool.name == *call.tool).ok_or(ProviderError::Unsupported)?;
    // Which of several accounts is the caller's choice, never ours.
    let [account] = call.accounts else {
        return Err(ProviderError::Unsupported);
    };
    send_email_notification::call(email, tool, account, call).await
}
