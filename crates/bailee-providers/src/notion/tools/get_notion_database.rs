use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Context, MAX_OUTPUT, READ,
    data_source::{Table, database, table},
    id,
    item::{MAX_TITLE, is_link, known_id, plain_text},
    size,
};
use crate::{
    arguments,
    text::clean,
    tool::{Draft, output},
};
use bailee_core::{Effect, ProviderError, ToolHints, ToolOutput};

pub(super) const NAME: &str = "get_notion_database";

/// More data sources, properties or options than these are left out.
const MOST_SOURCES: usize = 50;
const MOST_PROPERTIES: usize = 100;
const MOST_OPTIONS: usize = 25;
const MAX_OPTION: usize = 60;
const MAX_NAME: usize = 100;
/// So many options stay where the answer would be too long.
const FEW_OPTIONS: usize = 3;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Input {
    /// The id of a database or of one of its data sources: a UUID.
    #[schemars(length(min = 32, max = 36))]
    database_id: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Output {
    /// The id of the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Its title, or that of the data source.
    title: String,
    /// Its page in Notion.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The tables in which its rows are; most databases have one.
    data_sources: Vec<SourceOutput>,
    /// The columns of its only data source, or of the one that was asked for; absent where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Vec<Column>>,
    /// Whether parts were left out.
    truncated: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct SourceOutput {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Column {
    /// Its name, by which filters and values of pages refer to it.
    name: String,
    /// Its type, for example title, checkbox, select or date.
    #[serde(rename = "type")]
    kind: String,
    /// What can be chosen, where it is a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    options: Vec<String>,
}

pub(super) fn draft() -> Draft {
    Draft {
        name: NAME,
        title: "Look at a Notion database",
        description: "Returns a Notion database: its title, its data sources (the tables of its rows), and the names, \
                      types and options of its columns. Use it before query_database, create_notion_page or \
                      update_notion_page, which need those names. Where there are several data sources, call it again \
                      with the id of one for its columns.",
        effect: Effect::Read,
        hints: ToolHints::default(),
        flag: None,
        scopes: READ,
        input_schema: arguments::schema::<Input>(),
        output_schema: arguments::schema::<Output>(),
        requests: &["GET /v1/databases/{database_id}", "GET /v1/data_sources/{data_source_id}"],
        page: "https://developers.notion.com/reference/retrieve-database",
    }
}

pub(super) async fn call(context: &Context<'_>) -> Result<ToolOutput, ProviderError> {
    let input: Input = arguments::read(context.arguments, &context.tool.input_schema)?;
    let id = id(&input.database_id, "/database_id")?;
    let Some(database) = database(context, &id).await? else {
        let table = table(context, &id).await?;
        let source = SourceOutput { id: known_id(&table.id), name: title(&table.title) };
        let (properties, cut) = columns(&table)?;
        return output(&Output {
            id: table.parent.get("database_id").and_then(Value::as_str).map(known_id),
            title: title(&table.title),
            url: table.url.filter(|link| is_link(link)),
            data_sources: vec![source],
            properties: Some(properties),
            truncated: cut,
        });
    };
    let columns = match database.data_sources.as_slice() {
        [only] => Some(columns(&table(context, &known_id(&only.id)).await?)?),
        _ => None,
    };
    let name = |name: Option<&str>| clean(name.unwrap_or_default(), MAX_NAME).0;
    let sources = database.data_sources.iter().take(MOST_SOURCES);
    let sources =
        sources.map(|source| SourceOutput { id: known_id(&source.id), name: name(source.name.as_deref()) });
    let cut = columns.as_ref().is_some_and(|(_, cut)| *cut) || database.data_sources.len() > MOST_SOURCES;
    output(&Output {
        id: Some(known_id(&database.id)),
        title: title(&database.title),
        data_sources: sources.collect(),
        url: database.url.filter(|link| is_link(link)),
        properties: columns.map(|(columns, _)| columns),
        truncated: cut,
    })
}

fn title(items: &Value) -> String {
    clean(&plain_text(items), MAX_TITLE).0
}

/// The columns, and whether something was left out.
fn columns(table: &Table) -> Result<(Vec<Column>, bool), ProviderError> {
    let mut cut = table.properties.len() > MOST_PROPERTIES;
    let mut columns = Vec::new();
    for (name, property) in table.properties.iter().take(MOST_PROPERTIES) {
        let kind = property.get("type").and_then(Value::as_str).unwrap_or_default();
        let options = property.get(kind).and_then(|inner| inner.get("options")).and_then(Value::as_array);
        cut |= options.is_some_and(|options| options.len() > MOST_OPTIONS);
        let options = options.into_iter().flatten().take(MOST_OPTIONS);
        let options = options.filter_map(|option| option.get("name")?.as_str());
        columns.push(Column {
            name: clean(name, MAX_NAME).0,
            kind: clean(kind, MAX_NAME).0,
            options: options.map(|option| clean(option, MAX_OPTION).0).collect(),
        });
    }
    if size(&columns)? > MAX_OUTPUT {
        for column in &mut columns {
            cut |= column.options.len() > FEW_OPTIONS;
            column.options.truncate(FEW_OPTIONS);
        }
    }
    Ok((columns, cut))
}
