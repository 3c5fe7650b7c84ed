use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Context, DEFAULT_LIMIT, MAX_OUTPUT, READ, data_source, id,
    item::{Item, Object},
    object,
    property::Property,
    size,
};
use crate::{
    api::{self, Repeat},
    arguments::{self, invalid},
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "query_database";

/// A longer filter is nothing that anybody wrote.
const LONGEST_FILTER: usize = 20_000;
/// What texts are cut to where an answer is too long.
const SHORT_TEXT: usize = 60;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of a database with one data source, or of a data source: a UUID.
    #[schemars(length(min = 32, max = 36))]
    database_id: String,
    /// Which rows, as Notion's API has it, for example {"property": "Done", "checkbox": {"equals": false}}, or several
    /// of these as {"and": […]} or {"or": […]}; all rows if absent.
    #[schemars(extend("additionalProperties" = {}))]
    filter: Option<Map<String, Value>>,
    /// The order, the first one first.
    #[schemars(length(min = 1, max = 10))]
    sorts: Option<Vec<Sort>>,
    /// At most so many rows; 20 if absent.
    #[schemars(range(min = 1, max = 50))]
    limit: Option<u32>,
    /// The `next_cursor` of the answer before, with otherwise the same arguments.
    #[schemars(length(min = 1, max = 2048))]
    cursor: Option<String>,
}

/// Either a property or a timestamp.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sort {
    /// The name of a column.
    #[schemars(length(min = 1, max = 100))]
    #[serde(skip_serializing_if = "Option::is_none")]
    property: Option<String>,
    /// Instead of a column: when a row was made or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<Timestamp>,
    /// Which end first.
    direction: Direction,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Timestamp {
    CreatedTime,
    LastEditedTime,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Direction {
    Ascending,
    Descending,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The rows. Each is a page.
    items: Vec<Row>,
    /// To be passed as cursor for the rows after these; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
    /// Whether there are more rows, or parts of these were left out.
    truncated: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Row {
    /// The page that it is.
    page: Item,
    /// Its values.
    properties: Vec<Property>,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    results: Vec<Object>,
    next_cursor: Option<String>,
    /// Says that Notion stopped, for example after 10,000 rows.
    #[serde(default)]
    request_status: Value,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Query a Notion database",
        description: "Lists rows of a Notion database, filtered and sorted, with their values. Find the id with \
                      search_notion, and the names and types of the columns with get_notion_database. Without sorts \
                      the order is not defined. Returns items and, where there are more, next_cursor; the text of a \
                      row's page is read with get_notion_page_content.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /v1/databases/{database_id}", "POST /v1/data_sources/{data_source_id}/query"],
        page: "https://developers.notion.com/reference/query-a-data-source",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let id = id(&input.database_id, "/database_id")?;
    let body = body(&input)?;
    let source = data_source::resolved(context, &id, "/database_id").await?;
    let response = context.ask(&["data_sources", &source, "query"], &body).await?;
    output(&fit(&api::json(&response, Repeat::Safe)?)?)
}

fn body(input: &Input) -> Result<Value, ProviderError> {
    for (index, sort) in input.sorts.iter().flatten().enumerate() {
        if sort.property.is_some() == sort.timestamp.is_some() {
            return Err(invalid(&format!("/sorts/{index}"), "must have either property or timestamp"));
        }
    }
    let filter = input.filter.clone().map(Value::Object);
    if filter.as_ref().is_some_and(|filter| filter.to_string().len() > LONGEST_FILTER) {
        return Err(invalid("/filter", "is too long"));
    }
    Ok(object([
        ("page_size", Some(json!(input.limit.unwrap_or(DEFAULT_LIMIT)))),
        ("filter", filter),
        ("sorts", input.sorts.as_ref().map(|sorts| json!(sorts))),
        ("start_cursor", input.cursor.as_ref().map(|cursor| json!(cursor))),
    ]))
}

/// The page in at most [`MAX_OUTPUT`] characters: no row is left out, as the next page begins after them.
fn fit(page: &Page) -> Result<Output, ProviderError> {
    let mut cut = page.request_status.get("type").is_some_and(|kind| kind == "incomplete");
    let mut items = Vec::with_capacity(page.results.len());
    for object in &page.results {
        let (item, shortened) = Item::read(object);
        cut |= shortened;
        let mut properties = Vec::with_capacity(object.properties.len());
        for (name, property) in &object.properties {
            let (property, shortened) = Property::read(name, property);
            cut |= shortened;
            properties.push(property);
        }
        // The title is the page's.
        properties.retain(|property| !property.is_title());
        items.push(Row { page: item, properties });
    }
    if size(&items)? > MAX_OUTPUT {
        cut |= shorten(&mut items);
    }
    if size(&items)? > MAX_OUTPUT {
        for row in &mut items {
            cut |= !row.properties.is_empty();
            row.properties.clear();
        }
    }
    let next_cursor = page.next_cursor.clone();
    Ok(Output { truncated: cut || next_cursor.is_some(), items, next_cursor })
}

fn shorten(items: &mut [Row]) -> bool {
    let mut cut = false;
    for row in items {
        cut |= row.page.shorten(SHORT_TEXT);
        for property in &mut row.properties {
            cut |= property.shorten(SHORT_TEXT);
        }
    }
    cut
}
