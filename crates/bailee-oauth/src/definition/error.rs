use std::fmt;

/// A definition cannot be used. Quotes the definition, which holds no secret.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{field}: {problem}{}", position.map_or_else(String::new, |position| format!(" ({position})")))]
pub struct DefinitionError {
    /// The path of the field, for example `token.response.access_token`; `definition` for the whole.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
    /// Where it stands, as far as the format tells.
    pub position: Option<Position>,
}

impl DefinitionError {
    pub(super) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into(), position: None }
    }
}

/// A place in a text. Both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The place of a byte of `text`.
    pub(super) fn of(text: &str, byte: usize) -> Option<Self> {
        let before = text.get(..byte)?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(start..)?.chars().count() + 1;
        Some(Self { line: before.matches('\n').count() + 1, column })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
