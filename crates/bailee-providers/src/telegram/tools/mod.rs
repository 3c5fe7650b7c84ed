//! What agents can do with a bot.

mod send_telegram_message;

use super::Telegram;
use crate::tool::{Draft, of_one_account};
use bailee_core::{ProviderError, ToolCall, ToolOutput};

/// All tools, enabled or not.
pub(crate) fn drafts() -> Vec<Draft> {
    vec![send_telegram_message::draft()]
}

pub(super) async fn call(telegram: &Telegram, call: &ToolCall<'_>) -> Result<ToolOutput, ProviderError> {
    let (tool, account) = of_one_account(&telegram.tools, call)?;
    match tool.name.as_str() {
        send_telegram_message::NAME => {
            send_telegram_message::call(telegram, account, call.arguments, &tool.input_schema).await
        }
        _ => Err(ProviderError::Unsupported),
    }
}
