use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Context, UPDATE, id,
    item::{Item, Object},
};
use crate::{
    api::{self, Repeat},
    arguments::{self, invalid},
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "update_notion_page";

/// More values, or larger ones, are nothing that anybody wrote.
const MOST_PROPERTIES: usize = 100;
const LARGEST: usize = 100_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the page: a UUID.
    #[schemars(length(min = 32, max = 36))]
    page_id: String,
    /// The values to change by the names of the columns, as Notion's API has them, for example {"Done": {"checkbox":
    /// true}, "Due": {"date": {"start": "2026-03-04"}}}. Others stay. Of a page that is no row only title can change.
    #[schemars(extend("additionalProperties" = {}))]
    properties: Map<String, Value>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The page as it is now.
    page: Item,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Change a Notion page",
        description: "Overwrites values of a Notion page: the columns of a database row, or the title. The text of the \
                      page stays; to add to it, use append_to_notion_page. Find the page with query_database or \
                      search_notion, and the columns with get_notion_database. Returns the page.",
        effect: Effect::Write,
        hints: ToolHints { destructive: true, idempotent: true },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: UPDATE,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["PATCH /v1/pages/{page_id}"],
        page: "https://developers.notion.com/reference/patch-page",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let id = id(&input.page_id, "/page_id")?;
    let properties = checked(Some(&input.properties))?;
    if properties.is_empty() {
        return Err(invalid("/properties", "must name at least one value"));
    }
    let body = json!({ "properties": properties });
    let response = context.write(Method::PATCH, &["pages", &id], &body).await?;
    let page: Object = api::json(&response, Repeat::Unsafe)?;
    output(&Output { page: Item::read(&page).0 })
}

/// Values as Notion's API has them: an object each.
pub(super) fn checked(properties: Option<&Map<String, Value>>) -> Result<Map<String, Value>, ProviderError> {
    let Some(properties) = properties else { return Ok(Map::new()) };
    if properties.values().any(|value| !value.is_object()) {
        return Err(invalid("/properties", "must have an object for each name"));
    }
    if properties.len() > MOST_PROPERTIES || json!(properties).to_string().len() > LARGEST {
        return Err(invalid("/properties", "are too many or too long"));
    }
    Ok(properties.clone())
}
