//! What agents can do with a mail server.

mod send_email_notification;

use super::Email;
use crate::tool::{Draft, of_one_account};
use bailee_core::{ProviderError, ToolCall, ToolOutput};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![send_email_notification::draft()]
}

pub(super) async fn call(email: &Email, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let (tool, account) = of_one_account(&email.tools, call)?;
    send_email_notification::call(email, tool, account, call).await
}
