use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::Context,
    DEFAULT_LIMIT, MAX_OUTPUT, Named, READ, Wanted,
    message::{self, Email, GmailMessage},
};
use crate::{
    arguments,
    google::api::{self, Repeat},
    tool::{Draft, length, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "search_emails";

const SHOWN: Wanted<'_> = Wanted { format: "metadata", headers: &message::HEADERS, fields: message::FIELDS };

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// What to look for, as in Gmail's search box, for example: from:bob@example.com subject:tea is:unread
    #[schemars(length(min = 1, max = 1000))]
    query: String,
    /// At most so many messages; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with otherwise the same arguments.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The messages, as Gmail orders them.
    items: Vec<Email>,
    /// To be passed as cursor for the messages after these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more messages, or parts of these were left out.
    truncated: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    messages: Vec<Named>,
    next_page_token: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Search e-mails",
        description: "Searches the user's Gmail account, without spam and trash, with the words and operators of Gmail's \
                      search box. Returns sender, recipients, subject, date and the beginning of each text; for a whole \
                      text use get_email_details, for the latest conversations list_recent_threads.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /gmail/v1/users/me/messages", "GET /gmail/v1/users/me/messages/{id}"],
        page: "https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = context.mailbox_url(&["messages"])?;
    url.query_pairs_mut()
        .append_pair("q", &input.query)
        .append_pair("maxResults", &input.limit.unwrap_or(DEFAULT_LIMIT).to_string())
        .append_pair("fields", "nextPageToken,messages(id)")
        .extend_pairs(input.cursor.iter().map(|cursor| ("pageToken", cursor)));
    let response = context.send(Request::get(url), Repeat::Safe).await?;
    let page: Page = api::json(&response, Repeat::Safe)?;
    let messages = context.mails::<GmailMessage>("messages", &page.messages, &SHOWN).await?;
    output(&fit(&messages, page.next_page_token)?)
}

/// The page in at most [`MAX_OUTPUT`] characters: no message is left out, as the next page begins after them.
fn fit(messages: &[GmailMessage], next_cursor: Option<String>) -> Result<Output, ProviderError> {
    let mut truncated = next_cursor.is_some();
    let mut items = Vec::with_capacity(messages.len());
    for (email, cut) in messages.iter().map(Email::read) {
        truncated |= cut;
        items.push(email);
    }
    if length(&items)? > MAX_OUTPUT {
        truncated = true;
        items.iter_mut().for_each(Email::drop_snippet);
    }
    Ok(Output { items, next_cursor, truncated })
}
