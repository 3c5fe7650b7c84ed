use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Email, letter::Letter};
use crate::{
    arguments::{self, invalid},
    tool::{Draft, output},
};
use bailee_core::{
    Effect, PermissionFlag, ProviderError, Tool, ToolAccount, ToolCall, ToolHints, ToolOutput,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The subject: one line.
    #[schemars(length(min = 1, max = 200))]
    subject: String,
    /// The text.
    #[schemars(length(min = 1, max = 20000))]
    text: String,
    /// The same as HTML, for readers that show it.
    #[schemars(length(min = 1, max = 50000))]
    html: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Whether the mail server took it. Whether it arrives is not known.
    sent: bool,
    /// The Message-ID.
    message_id: String,
    /// How many addresses it goes to.
    recipients: usize,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: "send_email_notification",
        title: "Send an e-mail notification",
        description: "Sends a mail to the addresses that the user has set up for notifications; nobody else can be written \
                      to. Use it to tell the user something that should reach them outside of the chat. Returns the \
                      Message-ID once the mail server took it.",
        effect: Effect::Write,
        hints: ToolHints::default(),
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: &[],
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["SMTP DATA"],
        page: "https://www.rfc-editor.org/rfc/rfc5321",
    }
}

pub(super) async fn call(
    email: &Email,
    tool: &Tool,
    account: &ToolAccount<'_>,
    call: &ToolCall<'_>,
) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(call.arguments, &tool.input_schema)?;
    if input.subject.chars().any(char::is_control) {
        return Err(invalid("/subject", "must be one line"));
    }
    for (text, pointer) in [(Some(&input.text), "/text"), (input.html.as_ref(), "/html")] {
        let hidden = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
        if text.is_some_and(|text| text.contains(hidden)) {
            return Err(invalid(pointer, "must not hold control characters"));
        }
    }
    let letter = Letter {
        id: call.id,
        subject: &input.subject,
        text: &input.text,
        html: input.html.as_deref(),
        said_at: call.now,
    };
    let sent = letter.send(email, account).await?;
    output(&Output { sent: true, message_id: sent.message_id, recipients: sent.recipients })
}
