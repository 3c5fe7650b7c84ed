use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::Context,
    READ, page,
    read::{Document, Written},
};
use crate::{
    arguments,
    google::api::{self, Repeat},
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "read_document";

/// Twice as many characters of JSON, where each had to be escaped, still fit into an answer.
const MAX_TEXT: usize = 18_000;
/// Tabs may hold tabs, so these come whole.
const FIELDS: &str = "title,tabs";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the document.
    #[schemars(length(min = 1, max = 128))]
    document_id: String,
    /// The `next_offset` of the answer before, for what comes after it.
    #[schemars(range(min = 0, max = 100_000_000))]
    offset: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Its title.
    title: String,
    /// Its page.
    url: String,
    /// Its text with headings, lists, tables, bold, italic and links in Markdown. Characters of the text itself are not
    /// escaped.
    markdown: String,
    /// Whether something that is no text was left out, such as pictures.
    incomplete: bool,
    /// Whether there is more text.
    truncated: bool,
    /// To be passed as offset for the text after this; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_offset: Option<usize>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Read a document",
        description: "Reads a Google document with all its tabs as Markdown. Find the id with search_google_docs, or \
                      take it from a link: docs.google.com/document/d/<id>. Returns title and markdown; a long text \
                      goes on at next_offset.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /v1/documents/{documentId}"],
        page: "https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/get",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let mut url = context.document_url(&input.document_id, "")?;
    url.query_pairs_mut().append_pair("includeTabsContent", "true").append_pair("fields", FIELDS);
    let response = context.send(Request::get(url), Repeat::Safe).await?;
    let document: Document = api::json(&response, Repeat::Safe)?;
    let Written { text, incomplete, .. } = document.write();
    let offset = input.offset.unwrap_or_default();
    let rest: String = clean(&text, usize::MAX).0.chars().skip(offset).collect();
    let (markdown, truncated) = clean(&rest, MAX_TEXT);
    output(&Output {
        title: clean(&document.title, 400).0,
        url: page(&input.document_id),
        markdown,
        incomplete,
        truncated,
        next_offset: truncated.then_some(offset + MAX_TEXT),
    })
}
