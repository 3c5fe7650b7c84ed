use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::Context,
    WRITE, markdown, page,
    write::{self, Place},
};
use crate::{
    arguments::{self, invalid},
    google::api::{self, Repeat},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "append_to_document";

/// Without the content of tabs, the body is that of the first one, where an index without a tab counts.
const FIELDS: &str = "revisionId,body/content(startIndex,endIndex)";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the document.
    #[schemars(length(min = 1, max = 128))]
    document_id: String,
    /// What to add. Each line is a paragraph. Markdown's headings, lists, bold, italic and links become styles, the rest
    /// stays text.
    #[schemars(length(min = 1, max = 50000))]
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the document.
    id: String,
    /// Its page.
    url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    revision_id: Option<String>,
    body: Body,
}

#[derive(Debug, Deserialize)]
struct Body {
    content: Vec<Element>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    #[serde(default)]
    start_index: usize,
    end_index: usize,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Append to a document",
        description: "Adds text in Markdown to the end of a Google document, as new paragraphs; where the document has \
                      tabs, to the first. Nothing is written when somebody else changes it meanwhile: try again then. \
                      Returns its id and its page.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: WRITE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /v1/documents/{documentId}", "POST /v1/documents/{documentId}:batchUpdate"],
        page: "https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/batchUpdate",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let blocks = markdown::read(&input.text);
    if blocks.is_empty() {
        return Err(invalid("/text", "is blank"));
    }
    let mut url = context.document_url(&input.document_id, "")?;
    url.query_pairs_mut().append_pair("fields", FIELDS);
    let response = context.send(Request::get(url), Repeat::Safe).await?;
    let document: Document = api::json(&response, Repeat::Safe)?;
    let requests = write::requests(&blocks, end(&document.body)?);
    // The indices are those of this revision.
    context.update(&input.document_id, requests, document.revision_id.as_deref()).await?;
    output(&Output { url: page(&input.document_id), id: input.document_id })
}

/// Before the last line feed of the body, which every document ends with.
fn end(body: &Body) -> Result<Place, ProviderError> {
    let malformed = ProviderError::Malformed { problem: "the document has no end" };
    let last = body.content.last().ok_or_else(|| malformed.clone())?;
    let index = last.end_index.checked_sub(1).filter(|index| *index >= last.start_index).ok_or(malformed)?;
    Ok(Place { index, after_text: index > last.start_index })
}
