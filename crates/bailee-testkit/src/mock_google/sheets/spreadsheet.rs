use serde_json::{Value, json};

/// A spreadsheet with one sheet.
#[derive(Clone, Debug)]
pub(in crate::mock_google) struct Spreadsheet {
    /// The name of the sheet.
    pub(super) sheet: String,
    pub(super) rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug)]
pub(super) enum Cell {
    Empty,
    /// What would be calculated; the mock does not.
    Formula(String),
    Value(Value),
}

impl Spreadsheet {
    /// A spreadsheet of these values, as they are.
    pub(in crate::mock_google) fn of(sheet: &str, rows: &[Vec<Value>]) -> Self {
        let rows = rows.iter().map(|row| row.iter().cloned().map(Cell::raw).collect());
        Self { sheet: sheet.to_owned(), rows: rows.collect() }
    }

    /// What is stored; a formula as an object with one member.
    pub(in crate::mock_google) fn cells(&self) -> Vec<Vec<Value>> {
        let stored = |cell: &Cell| match cell {
            Cell::Empty => Value::Null,
            Cell::Formula(formula) => json!({ "formula": formula }),
            Cell::Value(value) => value.clone(),
        };
        self.rows.iter().map(|row| row.iter().map(stored).collect()).collect()
    }

    /// All that is shown, for a search.
    pub(in crate::mock_google) fn text(&self) -> String {
        let shown: Vec<String> = self.rows.iter().flatten().map(Cell::shown).collect();
        shown.join(" ")
    }
}

impl Cell {
    /// As `RAW` stores it.
    pub(super) fn raw(value: Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::String(text) if text.is_empty() => Self::Empty,
            other => Self::Value(other),
        }
    }

    /// As `USER_ENTERED` reads it: like what a person types.
    pub(super) fn typed(value: Value) -> Self {
        match value {
            Value::String(text) if text.starts_with('=') => Self::Formula(text),
            Value::String(text) => match text.parse::<f64>() {
                Ok(number) => Self::Value(json!(number)),
                Err(_) => Self::raw(Value::String(text)),
            },
            other => Self::raw(other),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// As a person sees it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Formula(_) => "#ERROR!".to_owned(),
            Self::Value(Value::Bool(value)) => if *value { "TRUE" } else { "FALSE" }.to_owned(),
            Self::Value(Value::String(text)) => text.clone(),
            Self::Value(other) => other.to_string(),
        }
    }
}
