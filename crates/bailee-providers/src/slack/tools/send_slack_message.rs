use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    arguments::{self, invalid},
    slack::{
        Slack,
        message::{self, Markup, is_channel},
    },
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolAccount, ToolHints, ToolOutput};

pub(super) const NAME: &str = "send_slack_message";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of a channel (C0GEN), of a conversation (G…, D…), or of a person (U…) for a direct message.
    #[schemars(length(min = 2, max = 64))]
    channel: String,
    /// What to say. *bold*, _italic_ and `code` count; mentions and links behind words do not.
    #[schemars(length(min = 1, max = 4000))]
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the conversation that the message is in.
    channel: String,
    /// The id of the message in it.
    ts: String,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Send a Slack message",
        description: "Posts a message to a channel or a person in the user's Slack workspace, as the app's bot, \
                      which must be a member of the channel. It cannot be undone. Needs the id of the channel, not \
                      its name. Returns the id of the message.",
        effect: Effect::Write,
        hints: ToolHints { destructive: true, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: &["chat:write"],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /api/chat.postMessage"],
        page: "https://docs.slack.dev/reference/methods/chat.postMessage",
    }
}

pub(super) async fn call(
    slack: &Slack,
    account: &ToolAccount<'_>,
    arguments: &Value,
    schema: &Value,
) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(arguments, schema)?;
    if !is_channel(&input.channel) {
        return Err(invalid("/channel", "must be an id that begins with C, D, G or U"));
    }
    if input.text.trim().is_empty() {
        return Err(invalid("/text", "is empty"));
    }
    let posted = message::post(slack, account, &input.channel, &input.text, Markup::Mrkdwn).await?;
    output(&Output { channel: posted.channel, ts: posted.ts })
}
