use std::collections::BTreeSet;

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Context, INSERT,
    data_source::Database,
    id,
    item::{is_link, known_id},
};
use crate::{
    api::{self, Repeat},
    arguments::{self, invalid},
    notion::rich_text,
    tool::{Draft, output},
};
use bailee_core::{Effect, PermissionFlag, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "create_notion_database";

/// What the title column is called unless the caller names it.
const TITLE: &str = "Name";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of the page that it goes below: a UUID.
    #[schemars(length(min = 32, max = 36))]
    parent_id: String,
    /// The title.
    #[schemars(length(min = 1, max = 1000))]
    title: String,
    /// The columns. One column is the title of its rows: it is called Name unless one of type title is among them.
    #[schemars(length(max = 100))]
    properties: Option<Vec<Column>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Column {
    /// Its name.
    #[schemars(length(min = 1, max = 100))]
    name: String,
    /// What it holds.
    #[serde(rename = "type")]
    kind: Kind,
    /// What can be chosen, for `select` and `multi_select`.
    #[schemars(length(max = 100), inner(length(min = 1, max = 100)))]
    options: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Checkbox,
    CreatedBy,
    CreatedTime,
    Date,
    Email,
    Files,
    LastEditedBy,
    LastEditedTime,
    MultiSelect,
    Number,
    People,
    PhoneNumber,
    RichText,
    Select,
    Title,
    Url,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the database.
    id: String,
    /// The id of its data source, which `query_database` and `create_notion_page` take as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    data_source_id: Option<String>,
    /// Its page in Notion.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Create a Notion database",
        description: "Creates a Notion database with columns below a page. Find the page with search_notion. Returns \
                      the ids of the database and of its data source; rows are then made with create_notion_page. \
                      Calling it twice makes two databases.",
        effect: Effect::Write,
        hints: ToolHints { destructive: false, idempotent: false },
        flag: Some(PermissionFlag::CanPostOnMyBehalf),
        scopes: INSERT,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["POST /v1/databases"],
        page: "https://developers.notion.com/reference/create-database",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let parent_id = id(&input.parent_id, "/parent_id")?;
    let body = json!({
        "parent": { "type": "page_id", "page_id": parent_id },
        "title": rich_text::plain(&input.title),
        "initial_data_source": { "properties": columns(input.properties.as_deref().unwrap_or_default())? },
    });
    let response = context.write(Method::POST, &["databases"], &body).await?;
    let database: Database = api::json(&response, Repeat::Unsafe)?;
    output(&Output {
        id: known_id(&database.id),
        data_source_id: database.data_sources.first().map(|source| known_id(&source.id)),
        url: database.url.filter(|link| is_link(link)),
    })
}

/// The schema, with exactly one title.
fn columns(columns: &[Column]) -> Result<Map<String, Value>, ProviderError> {
    let mut schema = Map::new();
    for (index, column) in columns.iter().enumerate() {
        let name = json!(column.kind).as_str().unwrap_or_default().to_owned();
        let place = |rest: &str| format!("/properties/{index}{rest}");
        if column.name.chars().any(char::is_control) {
            return Err(invalid(&place("/name"), "holds control characters"));
        }
        let settings = match (column.kind, &column.options) {
            (_, None) => json!({}),
            (Kind::MultiSelect | Kind::Select, Some(options)) => {
                json!({ "options": choices(options, &place("/options"))? })
            }
            (_, Some(_)) => return Err(invalid(&place("/options"), "are for select and multi_select")),
        };
        if schema.insert(column.name.clone(), json!({ name: settings })).is_some() {
            return Err(invalid(&place("/name"), "stands there twice"));
        }
    }
    match columns.iter().filter(|column| column.kind == Kind::Title).count() {
        0 if schema.contains_key(TITLE) => {
            Err(invalid("/properties", "must have a column of type title, as Name is another"))
        }
        0 => {
            schema.insert(TITLE.to_owned(), json!({ "title": {} }));
            Ok(schema)
        }
        1 => Ok(schema),
        _ => Err(invalid("/properties", "must have one column of type title only")),
    }
}

fn choices(options: &[String], pointer: &str) -> Result<Vec<Value>, ProviderError> {
    let mut seen = BTreeSet::new();
    for option in options {
        if option.chars().any(char::is_control) || !seen.insert(option) {
            return Err(invalid(pointer, "must differ, and hold no control characters"));
        }
    }
    Ok(options.iter().map(|option| json!({ "name": option })).collect())
}
