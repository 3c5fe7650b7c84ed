use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::json;

use super::{Context, person};
use crate::{
    api::{Repeat, json as read_json},
    arguments::{self, invalid},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "send_linkedin_dm";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the person who gets it: a connection of the user.
    #[schemars(length(min = 1, max = 100))]
    recipient_id: String,
    /// The subject.
    #[schemars(length(min = 1, max = 200))]
    subject: String,
    /// What to say: plain text.
    #[schemars(length(min = 1, max = 8000))]
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Always true: LinkedIn took the message.
    sent: bool,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Send a LinkedIn message",
        description: "Sends a message on LinkedIn from the user to one of their connections. LinkedIn allows only what the \
                      user decided and could edit before: show the text and get their word first. It cannot be called \
                      back. Needs LinkedIn partner approval.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        // Those of the approval are not public.
        scopes: &[],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /v2/messages"],
        page: "https://learn.microsoft.com/en-us/linkedin/shared/integrations/communications/messages",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let recipient = person(&input.recipient_id).ok_or_else(|| invalid("/recipient_id", "is not an id"))?;
    for (text, pointer) in [(&input.subject, "/subject"), (&input.text, "/text")] {
        if text.trim().is_empty() {
            return Err(invalid(pointer, "must not be blank"));
        }
    }
    let body = json!({
        "recipients": [recipient],
        "subject": input.subject,
        "body": input.text,
        "messageType": "MEMBER_TO_MEMBER",
    });
    let request = Request::post(context.url(&["v2", "messages"])?).json(&body);
    let response = context.send(request, Repeat::Unsafe).await?;
    // A page in place of an answer is from somebody else.
    if !response.body().is_empty() {
        read_json::<IgnoredAny>(&response, Repeat::Unsafe)?;
    }
    output(&Output { sent: true })
}
