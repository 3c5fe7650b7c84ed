use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Context, INSERT,
    content::{Stopped, append, bodies},
    data_source, id,
    item::{Item, Object},
    update_notion_page::checked,
};
use crate::{
    api::{self, Repeat},
    arguments::{self, invalid},
    notion::{blocks, rich_text},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "create_notion_page";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the page that it goes below, or of the database or data source that it becomes a row of: a UUID.
    #[schemars(length(min = 32, max = 36))]
    parent_id: String,
    /// What the parent is; a page if absent. A data source counts as database.
    parent_type: Option<ParentType>,
    /// The title.
    #[schemars(length(min = 1, max = 1000))]
    title: String,
    /// For a row only: its other values by the names of the columns, as Notion's API has them, for example {"Done":
    /// {"checkbox": true}, "Kind": {"select": {"name": "Bug"}}}.
    #[schemars(extend("additionalProperties" = {}))]
    properties: Option<Map<String, Value>>,
    /// The text of the page, as Markdown: headings, lists, to-dos, quotes, code, bold, italic and links. Tables and HTML
    /// stay text.
    #[schemars(length(min = 1, max = 30000))]
    markdown: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ParentType {
    Database,
    #[default]
    Page,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The page that was made.
    page: Item,
    /// Whether all of its text was written.
    complete: bool,
    /// Why not: the rest was refused, or came too fast, or it is unclear whether the next part was written. Look at the
    /// page, and append the rest with `append_to_notion_page`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Stopped>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Create a Notion page",
        description: "Creates a Notion page below another page, or as a row of a database, with a title, values and \
                      text. Find the parent with search_notion, and the columns of a database with \
                      get_notion_database. Returns the page with its id and link; calling it twice makes two pages.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: INSERT,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &[
            "GET /v1/databases/{database_id}",
            "GET /v1/data_sources/{data_source_id}",
            "POST /v1/pages",
            "PATCH /v1/blocks/{block_id}/children",
        ],
        page: "https://developers.notion.com/reference/post-page",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let parent_id = id(&input.parent_id, "/parent_id")?;
    let properties = checked(input.properties.as_ref())?;
    let bodies = bodies(input.markdown.as_deref(), None)?;
    let title = json!({ "title": rich_text::plain(&input.title) });
    let (parent, properties) = match input.parent_type.unwrap_or_default() {
        ParentType::Page if properties.is_empty() => {
            let properties = Map::from_iter([("title".to_owned(), title)]);
            (json!({ "type": "page_id", "page_id": parent_id }), properties)
        }
        ParentType::Page => return Err(invalid("/properties", "are for a page in a database")),
        ParentType::Database => row(context, &parent_id, title, properties).await?,
    };
    let parts = blocks::requests(&bodies);
    let first = parts.first().copied().unwrap_or_default();
    let mut body =
        Map::from_iter([("parent".to_owned(), parent), ("properties".to_owned(), Value::Object(properties))]);
    if !first.is_empty() {
        body.insert("children".to_owned(), Value::from(first));
    }
    let response = context.write(Method::POST, &["pages"], &Value::Object(body)).await?;
    let page: Object = api::json(&response, Repeat::Unsafe)?;
    let page = Item::read(&page).0;
    let rest = bodies.get(first.len()..).unwrap_or_default();
    let written = append(context, &page.id, rest, first.len()).await?;
    output(&Output { page, complete: written.stopped.is_none(), stopped: written.stopped })
}

/// Where a row goes, and all of its values: the title belongs to a column whose name only the data source tells.
async fn row(
    context: &Context<'_>,
    database_id: &str,
    title: Value,
    mut properties: Map<String, Value>,
) -> Result<(Value, Map<String, Value>), ProviderError> {
    let source = data_source::resolved(context, database_id, "/parent_id").await?;
    let table = data_source::table(context, &source).await?;
    let no_title = ProviderError::Malformed { problem: "the data source has no title" };
    let name = table.title_property().ok_or(no_title)?;
    if properties.insert(name.to_owned(), title).is_some() {
        return Err(invalid("/properties", "must not hold the title, which is an argument of its own"));
    }
    Ok((json!({ "type": "data_source_id", "data_source_id": source }), properties))
}
