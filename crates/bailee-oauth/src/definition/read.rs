//! From text to a definition.

use toml::de::{DeTable, DeValue};

use super::{DefinitionError, OAuthDefinition, Position, check};

pub(super) fn toml(text: &str) -> Result<OAuthDefinition, DefinitionError> {
    let foreign = |field: String, error: &toml::de::Error| DefinitionError {
        field,
        problem: error.message().to_owned(),
        position: error.span().and_then(|span| Position::of(text, span.start)),
    };
    let reader = toml::Deserializer::parse(text).map_err(|error| foreign(whole(), &error))?;
    let definition: OAuthDefinition = serde_path_to_error::deserialize(reader)
        .map_err(|error| foreign(field(error.path()), error.inner()))?;
    check::all(&definition)
        .map_err(|error| DefinitionError { position: position(text, &error.field), ..error })?;
    Ok(definition)
}

pub(super) fn json(text: &str) -> Result<OAuthDefinition, DefinitionError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let definition: OAuthDefinition = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| foreign_json(field(error.path()), error.inner()))?;
    reader.end().map_err(|error| foreign_json(whole(), &error))?;
    check::all(&definition)?;
    Ok(definition)
}

fn foreign_json(field: String, error: &serde_json::Error) -> DefinitionError {
    let told = error.to_string();
    // The place is told apart.
    let problem = told.rsplit_once(" at line ").map_or(told.as_str(), |(problem, _)| problem);
    let position = Position { line: error.line(), column: error.column() };
    DefinitionError { field, problem: problem.to_owned(), position: Some(position) }
}

fn field(path: &serde_path_to_error::Path) -> String {
    if path.iter().next().is_none() { whole() } else { path.to_string() }
}

fn whole() -> String {
    "definition".to_owned()
}

/// Where a field of tables stands, or else the nearest table around it.
fn position(text: &str, field: &str) -> Option<Position> {
    let root = DeTable::parse(text).ok()?;
    let (mut table, mut start) = (Some(root.get_ref()), None);
    for name in field.split('.') {
        let Some(value) = table.and_then(|table| table.get(name)) else { break };
        start = Some(value.span().start);
        table = DeValue::as_table(value.get_ref());
    }
    Position::of(text, start?)
}
