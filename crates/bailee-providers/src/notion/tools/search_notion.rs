use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Context, DEFAULT_LIMIT, READ,
    item::{Item, Object},
    object,
};
use crate::{
    api::{self, Repeat},
    arguments,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "search_notion";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// Words of the title; everything that is shared with the connection if absent.
    #[schemars(length(min = 1, max = 500))]
    query: Option<String>,
    /// Only pages, or only the data sources of databases; both if absent.
    object: Option<Wanted>,
    /// At most so many entries; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with otherwise the same arguments.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Wanted {
    DataSource,
    Page,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// What was found.
    items: Vec<Item>,
    /// To be passed as cursor for what follows; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there is more, or parts of these were left out.
    truncated: bool,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    results: Vec<Object>,
    next_cursor: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Search Notion",
        description: "Finds Notion pages and data sources (the tables of databases) by words of their title, among \
                      those that the user shared. Text within pages is not searched, and new pages may be missing for \
                      a while. Returns items with the ids that the other Notion tools need and, where there are more, \
                      next_cursor.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /v1/search"],
        page: "https://developers.notion.com/reference/post-search",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let body = object([
        ("page_size", Some(json!(input.limit.unwrap_or(DEFAULT_LIMIT)))),
        ("query", input.query.map(Value::from)),
        ("filter", input.object.map(|wanted| json!({ "property": "object", "value": wanted }))),
        ("start_cursor", input.cursor.map(Value::from)),
    ]);
    let response = context.ask(&["search"], &body).await?;
    let page: Page = api::json(&response, Repeat::Safe)?;
    let mut cut = false;
    let read = |object: &Object| {
        let (item, shortened) = Item::read(object);
        cut |= shortened;
        item
    };
    let items = page.results.iter().map(read).collect();
    output(&Output { items, truncated: cut || page.next_cursor.is_some(), next_cursor: page.next_cursor })
}
