use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Context, id};
use crate::{
    api::{Repeat, json as read_json},
    arguments::{self, invalid},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "send_twitter_dm";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the account that gets it, as `read_twitter_dms` and `read_timeline` tell it; not the name.
    #[schemars(length(min = 1, max = 19))]
    recipient_id: String,
    /// What to say.
    #[schemars(length(min = 1, max = 10_000))]
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the message.
    id: String,
    /// The id of the conversation that it is part of.
    conversation_id: String,
}

#[derive(Debug, Deserialize)]
struct Created {
    data: Message,
}

#[derive(Debug, Deserialize)]
struct Message {
    dm_conversation_id: String,
    dm_event_id: String,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Send a direct message on X",
        description: "Sends a direct message on X (Twitter) from the user to one account. It cannot be called back, and X \
                      allows no unsolicited ones. Use read_twitter_dms to find the recipient_id and to see what was said. \
                      Returns the id of the message and of its conversation.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: &["dm.read dm.write tweet.read users.read"],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /2/dm_conversations/with/{participant_id}/messages"],
        page: "https://docs.x.com/x-api/direct-messages/manage/integrate",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let recipient = id(&input.recipient_id, "/recipient_id")?;
    if input.text.trim().is_empty() {
        return Err(invalid("/text", "must not be blank"));
    }
    let url = context.url(&["dm_conversations", "with", recipient, "messages"])?;
    let request = Request::post(url).json(&json!({ "text": input.text }));
    let response = context.send(request, Repeat::Unsafe).await?;
    let created: Created = read_json(&response, Repeat::Unsafe)?;
    output(&Output {
        id: clean(&created.data.dm_event_id, 40).0,
        conversation_id: clean(&created.data.dm_conversation_id, 40).0,
    })
}
