use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    arguments::{self, invalid},
    telegram::{
        Telegram,
        message::{self, MAX_TEXT},
    },
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolAccount, ToolHints, ToolOutput};

pub(super) const NAME: &str = "send_telegram_message";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// What to say, as plain text; no markup counts. At most 4096 UTF-16 units.
    #[schemars(length(min = 1, max = 4096))]
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the message in its chat.
    message_id: i64,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Send a Telegram message",
        description: "Sends a plain text to the user in their Telegram chat with the bot, and to nobody else. It \
                      cannot be undone. Returns the id of the message.",
        effect: Effect::Write,
        hints: ToolHints { destructive: true, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: &[],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /bot{token}/sendMessage"],
        page: "https://core.telegram.org/bots/api#sendmessage",
    }
}

pub(super) async fn call(
    telegram: &Telegram,
    account: &ToolAccount<'_>,
    arguments: &Value,
    schema: &Value,
) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(arguments, schema)?;
    if input.text.trim().is_empty() {
        return Err(invalid("/text", "is empty"));
    }
    if message::units(&input.text) > MAX_TEXT {
        return Err(invalid("/text", "has more than 4096 UTF-16 units"));
    }
    output(&Output { message_id: message::send(telegram, account, &input.text).await? })
}
