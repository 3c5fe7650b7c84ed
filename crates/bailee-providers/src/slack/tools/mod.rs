//! What agents can do in a workspace.

mod send_slack_message;

use super::Slack;
use crate::tool::{Draft, of_one_account};
use bailee_core::{Provider as _, ProviderError, ToolCall, ToolOutput};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![send_slack_message::draft()]
}

pub(super) async fn call(slack: &Slack, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let (tool, account) = of_one_account(slack.tools(), call)?;
    match tool.name.as_str() {
        send_slack_message::NAME => {
            send_slack_message::call(slack, account, call.arguments, &tool.input_schema).await
        }
        _ => Err(ProviderError::Unsupported),
    }
}
