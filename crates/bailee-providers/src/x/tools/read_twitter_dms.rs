use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, is_id,
    page::{self, Item, Page},
};
use crate::{
    arguments::{self, invalid},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "read_twitter_dms";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Only messages of this conversation; of all of them if absent.
    #[schemars(length(min = 1, max = 39))]
    conversation_id: Option<String>,
    /// At most so many messages; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with the same `conversation_id`.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The messages, newest first, sent ones as well. May be empty although there are more.
    items: Vec<Message>,
    /// To be passed as cursor for the messages before these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more messages, or parts of these were left out.
    truncated: bool,
    /// What these messages are not.
    notice: &'static str,
}

/// Encrypted messages are elsewhere, as far as the documentation tells.
const NOTICE: &str = "Only messages of the last 30 days; encrypted ones may be missing.";

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Message {
    /// The id.
    id: String,
    /// What was said, by whoever sent it.
    text: String,
    /// The id of who sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_id: Option<String>,
    /// The name of who sent it, without @.
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_username: Option<String>,
    /// The conversation that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<String>,
    /// When it was sent: RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<String>,
}

impl Item for Message {
    fn shorten(&mut self, max: usize) -> bool {
        page::shorten(&mut self.text, max)
    }
}

#[derive(Debug, Deserialize)]
struct RawMessage {
    id: String,
    /// Absent where it is only an attachment.
    #[serde(default)]
    text: String,
    sender_id: Option<String>,
    dm_conversation_id: Option<String>,
    created_at: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Read direct messages on X",
        description: "Reads the user's direct messages on X (Twitter) of the last 30 days, received and sent, newest \
                      first: all of them, or those of one conversation. X allows 15 reads in 15 minutes. Returns items \
                      and, where there are more, next_cursor.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: &["dm.read tweet.read users.read"],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /2/dm_events", "GET /2/dm_conversations/{id}/dm_events"],
        page: "https://docs.x.com/x-api/direct-messages/lookup/integrate",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = match input.conversation_id.as_deref() {
        None => context.url(&["dm_events"])?,
        Some(id) if is_conversation(id) => context.url(&["dm_conversations", id, "dm_events"])?,
        Some(_) => return Err(invalid("/conversation_id", "is not the id of a conversation")),
    };
    url.query_pairs_mut()
        .append_pair("event_types", "MessageCreate")
        .append_pair("dm_event.fields", "id,text,event_type,created_at,dm_conversation_id")
        .append_pair("expansions", "sender_id");
    let page: Page<RawMessage> = page::fetch(context, url, input.limit, input.cursor.as_deref()).await?;
    let mut items: Vec<Message> = page.data.iter().map(|message| read(&page, message)).collect();
    let cut = page::fit(&mut items)?;
    output(&Output {
        items,
        truncated: cut || page.partial || page.next_token.is_some(),
        next_cursor: page.next_token,
        notice: NOTICE,
    })
}

fn read(page: &Page<RawMessage>, message: &RawMessage) -> Message {
    let short = |text: &str| clean(text, 40).0;
    Message {
        id: short(&message.id),
        text: message.text.clone(),
        sender_id: message.sender_id.as_deref().map(short),
        sender_username: page.username(message.sender_id.as_deref()),
        conversation_id: message.dm_conversation_id.as_deref().map(short),
        created_at: message.created_at.as_deref().map(short),
    }
}

/// A number, or the two members of a conversation.
fn is_conversation(text: &str) -> bool {
    match text.split_once('-') {
        Some((one, other)) => is_id(one) && is_id(other),
        None => is_id(text),
    }
}
