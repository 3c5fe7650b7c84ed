//! What agents can do with a bot.

mod send_telegram_message;

use super::Telegram;
use crate::tool::Draft;
use bailee_core::{ProviderError, ToolCall, ToolOutput};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![send_telegram_message::draft()]
}

pub(super) async fn call(telegram: &Telegram, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let tool =
        telegram.tools.iter().find(|tool| tool.name == *call.tool).ok_or(ProviderError::Unsupported)?;
    // Which of several accounts is the caller's choice, never ours.
    let [account] = call.accounts else {
        return Err(ProviderError::Unsupported);
    };
    match tool.name.as_str() {
        send_telegram_message::NAME => {
            send_telegram_message::call(telegram, account, call.arguments, &tool.input_schema).await
        }
        _ => Err(ProviderError::Unsupported),
    }
}
