use base64::{Engine as _, engine::general_purpose::URL_SAFE};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::Context,
    MAX_ID, READ, SEND, Wanted, is_id,
    mail::{MAX_SUBJECT, Mail},
    message::GmailMessage,
};
use crate::{
    arguments::{self, invalid},
    google::api::{self, Repeat},
    text::clean,
    tool::{Draft, output, scope_sets},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "send_email";

/// What an answer takes from the message that it answers.
const ANSWERED: Wanted<'_> = Wanted {
    format: "metadata",
    headers: &["Message-ID", "References", "Subject"],
    fields: "id,threadId,payload/headers",
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Whom it is for: e-mail addresses, alone or as Name <address>.
    #[schemars(length(min = 1, max = 50), inner(length(min = 3, max = 320)))]
    to: Vec<String>,
    /// Who gets a copy that all can see.
    #[schemars(length(max = 50), inner(length(min = 3, max = 320)))]
    cc: Option<Vec<String>>,
    /// Who gets a copy that no other recipient can see.
    #[schemars(length(max = 50), inner(length(min = 3, max = 320)))]
    bcc: Option<Vec<String>>,
    /// The subject. Needed unless it is an answer, which keeps the subject of what it answers.
    #[schemars(length(min = 1, max = 250))]
    subject: Option<String>,
    /// The text, without formatting.
    #[schemars(length(min = 1, max = 50000))]
    body_text: String,
    /// The id of the message that this answers, from `search_emails` or `get_email_details`.
    #[schemars(length(min = 1, max = 64))]
    reply_to_message_id: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the sent message.
    id: String,
    /// The id of its thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    thread_id: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Send an e-mail",
        description: "Sends an e-mail from the user's Gmail account. It cannot be taken back, so be sure of recipients and \
                      text. To answer a message, pass its id as reply_to_message_id. Returns the id of the sent message \
                      and of its thread.",
        effect: Effect::Write,
        hints: ToolHints { destructive: true, ..ToolHints::default() },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: SEND,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /gmail/v1/users/me/messages/{id}", "POST /gmail/v1/users/me/messages/send"],
        page: "https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut mail = addressed(&input)?;
    let answered = match input.reply_to_message_id.as_deref() {
        None => None,
        Some(id) => Some(answered(context, id).await?),
    };
    if let Some(answered) = &answered {
        if input.subject.is_none() {
            mail.subject(&subject_of_answer(answered))?;
        }
        mail.answers(answered);
    }
    let raw = URL_SAFE.encode(mail.with_text(&input.body_text));
    let body = match answered.and_then(|message| message.thread_id) {
        Some(thread_id) => json!({ "raw": raw, "threadId": thread_id }),
        None => json!({ "raw": raw }),
    };
    let request = Request::post(context.mailbox_url(&["messages", "send"])?).json(&body);
    let response = context.send(request, Repeat::Unsafe).await?;
    let sent: GmailMessage = api::json(&response, Repeat::Unsafe)?;
    output(&Output {
        id: clean(&sent.id, MAX_ID).0,
        thread_id: sent.thread_id.map(|id| clean(&id, MAX_ID).0),
    })
}

/// Everything that can be refused without asking Gmail.
fn addressed(input: &Input) -> Result<Mail, ProviderError> {
    let mut mail = Mail::default();
    for (name, people, pointer) in [
        ("To", Some(&input.to), "/to"),
        ("Cc", input.cc.as_ref(), "/cc"),
        ("Bcc", input.bcc.as_ref(), "/bcc"),
    ] {
        mail.people(name, people.map(Vec::as_slice).unwrap_or_default(), pointer)?;
    }
    match (&input.subject, &input.reply_to_message_id) {
        (Some(subject), _) => mail.subject(subject)?,
        (None, Some(_)) => {}
        (None, None) => return Err(invalid("/subject", "is missing")),
    }
    if input.reply_to_message_id.as_deref().is_some_and(|id| !is_id(id)) {
        return Err(invalid("/reply_to_message_id", "is not a message id"));
    }
    Ok(mail)
}

/// The scopes of sending do not cover it: what is missing is the right to read.
async fn answered(context: &Context<'_>, id: &str) -> Result<GmailMessage, ProviderError> {
    context.mail(("messages", id), &ANSWERED, &scope_sets(READ)?).await
}

/// Gmail keeps a thread together by its subject.
fn subject_of_answer(answered: &GmailMessage) -> String {
    let subject = answered.header("Subject").unwrap_or_default().replace(['\n', '\t'], " ");
    let subject = clean(&subject, MAX_SUBJECT).0;
    let has_prefix = subject.get(..3).is_some_and(|prefix| prefix.eq_ignore_ascii_case("re:"));
    if has_prefix { subject } else { format!("Re: {subject}") }
}
