//! Databases and their data sources: the tables in which their rows are.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Context, is_not_found, item::known_id};
use crate::{
    api::{self, Repeat},
    arguments::invalid,
};
use bailee_core::ProviderError;

/// What Notion answers of a database.
#[derive(Debug, Deserialize)]
pub(super) struct Database {
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: Value,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) data_sources: Vec<Source>,
}

/// One data source of a database.
#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// What Notion answers of a data source.
#[derive(Debug, Deserialize)]
pub(super) struct Table {
    pub(super) id: String,
    #[serde(default)]
    pub(super) title: Value,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) parent: Value,
    #[serde(default)]
    pub(super) properties: Map<String, Value>,
}

/// The database of that id; none where the id may be that of a data source.
pub(super) async fn database(context: &Context<'_>, id: &str) -> Result<Option<Database>, ProviderError> {
    match context.get(&["databases", id]).await {
        Ok(response) => api::json(&response, Repeat::Safe).map(Some),
        Err(error) if is_not_found(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) async fn table(context: &Context<'_>, id: &str) -> Result<Table, ProviderError> {
    let response = context.get(&["data_sources", id]).await?;
    api::json(&response, Repeat::Safe)
}

/// The id of the data source that an id is of: its own, or that of a database that has only one.
///
/// # Errors
/// [`ProviderError::InvalidArguments`] when it is of a database with several, or none that is shared.
pub(super) async fn resolved(
    context: &Context<'_>,
    id: &str,
    pointer: &str,
) -> Result<String, ProviderError> {
    let Some(database) = database(context, id).await? else {
        return Ok(id.to_owned());
    };
    match database.data_sources.as_slice() {
        [only] => Ok(known_id(&only.id)),
        [] => Err(invalid(pointer, "is a database without a data source that is shared with the connection")),
        _ => Err(invalid(
            pointer,
            "is a database with several data sources: pass the id of one, from get_notion_database",
        )),
    }
}

impl Table {
    /// The name of the property that titles a row.
    pub(super) fn title_property(&self) -> Option<&str> {
        self.properties
            .iter()
            .find(|(_, property)| property.get("type").is_some_and(|kind| kind == "title"))
            .map(|(name, _)| name.as_str())
    }
}
