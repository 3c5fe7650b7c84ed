use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{super::Context, DEFAULT_LIMIT, MAX_ID, MAX_OUTPUT, Named, READ, Wanted, message::GmailMessage};
use crate::{
    arguments,
    google::api::{self, Repeat},
    text::clean,
    tool::{Draft, length, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "list_recent_threads";

const SHOWN: Wanted<'_> = Wanted {
    format: "metadata",
    headers: &["From", "Subject"],
    fields: "id,messages(id,labelIds,snippet,internalDate,payload/headers)",
};
/// Fifty threads of these lengths fit into one answer.
const MAX_SENDER: usize = 100;
const MAX_SUBJECT: usize = 200;
const MAX_SNIPPET: usize = 200;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// At most so many threads; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with otherwise the same arguments.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The threads, as Gmail orders them.
    items: Vec<Thread>,
    /// To be passed as cursor for the threads after these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more threads, or parts of these were left out.
    truncated: bool,
}

/// What an agent reads of a thread.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Thread {
    /// The id of the thread.
    id: String,
    /// The subject of its first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// How many messages it has.
    message_count: usize,
    /// The id of its last message, for `get_email_details`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_message_id: Option<String>,
    /// Who sent the last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_from: Option<String>,
    /// When the last message arrived: RFC 3339 in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_date: Option<String>,
    /// The beginning of the text of the last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<String>,
    /// Whether a message of it is unread.
    unread: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    threads: Vec<Named>,
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct GmailThread {
    id: String,
    #[serde(default)]
    messages: Vec<GmailMessage>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "List recent e-mail threads",
        description: "Lists the latest conversations in the inbox of the user's Gmail account: subject, number of \
                      messages, and sender, date and beginning of the last one. Use it to see what is going on; to look \
                      for something use search_emails, to read a text get_email_details.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /gmail/v1/users/me/threads", "GET /gmail/v1/users/me/threads/{id}"],
        page: "https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.threads/list",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = context.mailbox_url(&["threads"])?;
    url.query_pairs_mut()
        .append_pair("labelIds", "INBOX")
        .append_pair("maxResults", &input.limit.unwrap_or(DEFAULT_LIMIT).to_string())
        .append_pair("fields", "nextPageToken,threads(id)")
        .extend_pairs(input.cursor.iter().map(|cursor| ("pageToken", cursor)));
    let response = context.send(Request::get(url), Repeat::Safe).await?;
    let page: Page = api::json(&response, Repeat::Safe)?;
    let threads = context.mails::<GmailThread>("threads", &page.threads, &SHOWN).await?;
    output(&fit(&threads, page.next_page_token)?)
}

/// The page in at most [`MAX_OUTPUT`] characters: no thread is left out, as the next page begins after them.
fn fit(threads: &[GmailThread], next_cursor: Option<String>) -> Result<Output, ProviderError> {
    let mut truncated = next_cursor.is_some();
    let mut items = Vec::with_capacity(threads.len());
    for (thread, cut) in threads.iter().map(Thread::read) {
        truncated |= cut;
        items.push(thread);
    }
    if length(&items)? > MAX_OUTPUT {
        truncated = true;
        for thread in &mut items {
            thread.snippet = None;
        }
    }
    Ok(Output { items, next_cursor, truncated })
}

impl Thread {
    /// The thread, and whether something of it was cut.
    fn read(thread: &GmailThread) -> (Self, bool) {
        let mut cut = false;
        let mut short = |text: Option<(String, bool)>| {
            let (text, shortened) = text?;
            cut |= shortened;
            Some(text)
        };
        let (first, last) = (thread.messages.first(), thread.messages.last());
        let header = |message: Option<&GmailMessage>, name: &str, max: usize| {
            message.and_then(|message| message.header(name)).map(|text| clean(text, max))
        };
        let read = Self {
            id: clean(&thread.id, MAX_ID).0,
            subject: short(header(first, "Subject", MAX_SUBJECT)),
            message_count: thread.messages.len(),
            last_message_id: last.map(|message| clean(&message.id, MAX_ID).0),
            last_from: short(header(last, "From", MAX_SENDER)),
            last_date: last.and_then(GmailMessage::date),
            snippet: short(last.and_then(|message| message.snippet(MAX_SNIPPET))),
            unread: thread.messages.iter().any(GmailMessage::is_unread),
        };
        (read, cut)
    }
}
