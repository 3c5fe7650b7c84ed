use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    super::{Context, below, is_file_id},
    CREATE, markdown, page,
    write::{self, Place},
};
use crate::{
    arguments,
    google::api::{self, Repeat},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};
use bailee_oauth::Request;

pub(super) const NAME: &str = "create_document";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The title.
    #[schemars(length(min = 1, max = 400))]
    title: String,
    /// Its text; empty if absent. Each line is a paragraph. Markdown's headings, lists, bold, italic and links become
    /// styles, the rest stays text.
    #[schemars(length(min = 1, max = 50000))]
    body_markdown: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// Its id, to be used as `document_id`.
    id: String,
    /// Its page.
    url: String,
    /// What did not work, although the document is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'static str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    document_id: String,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Create a document",
        description: "Creates a document in the user's Google Docs, with a title and a text in Markdown. Use \
                      append_to_document to add to one that exists, and move_file_to_folder to put it elsewhere. \
                      Returns its id and its page.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: CREATE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /v1/documents", "POST /v1/documents/{documentId}:batchUpdate"],
        page: "https://developers.google.com/workspace/docs/api/reference/rest/v1/documents/create",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let blocks = markdown::read(input.body_markdown.as_deref().unwrap_or_default());
    let mut url = below(&context.google.endpoints.docs, &["documents"])?;
    url.query_pairs_mut().append_pair("fields", "documentId");
    let request = Request::post(url).json(&json!({ "title": input.title }));
    let response = context.send(request, Repeat::Unsafe).await?;
    let Document { document_id } = api::json(&response, Repeat::Unsafe)?;
    if !is_file_id(&document_id) {
        return Err(ProviderError::OutcomeUnknown);
    }
    // Whatever happens to the text, the document is there: an error would have it made twice.
    let written = if blocks.is_empty() {
        Ok(())
    } else {
        context.update(&document_id, write::requests(&blocks, Place::EMPTY), None).await
    };
    let notice = match written {
        Ok(()) => None,
        Err(ProviderError::OutcomeUnknown) => {
            Some("It may have no text: look with read_document before writing it with append_to_document.")
        }
        Err(_) => Some("It has no text: write it with append_to_document, do not create it again."),
    };
    output(&Output { url: page(&document_id), id: document_id, notice })
}
