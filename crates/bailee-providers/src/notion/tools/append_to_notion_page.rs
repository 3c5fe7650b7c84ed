use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Context, INSERT,
    content::{Stopped, append, bodies},
    id,
};
use crate::{
    arguments::{self, invalid},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "append_to_notion_page";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the page, or of a block to write into: a UUID.
    #[schemars(length(min = 32, max = 36))]
    page_id: String,
    /// What to append, as Markdown: headings, lists, to-dos, quotes, code, bold, italic and links. Tables and HTML stay
    /// text.
    #[schemars(length(min = 1, max = 30000))]
    markdown: Option<String>,
    /// Instead of markdown: plain text, in which nothing is markup. Empty lines part its paragraphs.
    #[schemars(length(min = 1, max = 30000))]
    text: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the page.
    id: String,
    /// How many blocks were appended at the outermost level.
    appended_blocks: usize,
    /// Whether that was everything.
    complete: bool,
    /// Why not: the rest was refused, or came too fast, or it is unclear whether the next part was written. Look at the
    /// page before appending the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Stopped>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Append to a Notion page",
        description: "Writes Markdown or plain text at the end of a Notion page; what is there stays. Find the id with \
                      search_notion. To change the values of a database row, use update_notion_page. Returns how much \
                      was written; calling it twice writes twice.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: INSERT,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["PATCH /v1/blocks/{block_id}/children"],
        page: "https://developers.notion.com/reference/patch-block-children",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let id = id(&input.page_id, "/page_id")?;
    let bodies = bodies(input.markdown.as_deref(), input.text.as_deref())?;
    if bodies.is_empty() {
        return Err(invalid("/markdown", "or /text must say what to append"));
    }
    let written = append(context, &id, &bodies, 0).await?;
    output(&Output {
        id,
        appended_blocks: written.blocks,
        complete: written.stopped.is_none(),
        stopped: written.stopped,
    })
}
