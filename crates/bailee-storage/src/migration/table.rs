use crate::dialect::TableDialect;

/// A table as a step creates it.
pub(super) struct Table {
    pub(super) name: &'static str,
    /// Name, type, and whether NULL means something.
    pub(super) columns: &'static [(&'static str, Kind, Null)],
    /// The columns of the primary key.
    pub(super) key: &'static str,
    /// Sets of columns whose values are there once.
    pub(super) unique: &'static [&'static str],
    /// Name and columns.
    pub(super) indexes: &'static [(&'static str, &'static str)],
}

/// What a column holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Bytes of any length.
    Blob,
    /// At most so many bytes.
    Bytes(u16),
    /// Yes or no.
    Flag,
    /// A number of 64 bits.
    Int,
    /// Text of at most so many bytes that is compared to the byte.
    Key(u16),
    /// Text of any length that is only read.
    Text,
}

/// Whether a column may be NULL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    No,
    Yes,
}

impl Table {
    /// The statements that create it. Each may run again.
    pub(super) fn statements(&self, dialect: &TableDialect) -> Vec<String> {
        let mut parts: Vec<String> = self
            .columns
            .iter()
            .map(|(name, kind, null)| {
                let kind = kind.spell(dialect);
                let null = if *null == Null::No { " NOT NULL" } else { "" };
                format!("{name} {kind}{null}")
            })
            .collect();
        parts.push(format!("PRIMARY KEY ({})", self.key));
        parts.extend(self.unique.iter().map(|columns| format!("UNIQUE ({columns})")));
        let mut after = Vec::new();
        for (index, columns) in self.indexes {
            if dialect.inline_indexes {
                parts.push(format!("INDEX {index} ({columns})"));
            } else {
                let name = self.name;
                after.push(format!("CREATE INDEX IF NOT EXISTS {index} ON {name} ({columns})"));
            }
        }
        let mut statements = vec![format!(
            "CREATE TABLE IF NOT EXISTS {} ({}){}",
            self.name,
            parts.join(", "),
            dialect.suffix
        )];
        statements.append(&mut after);
        statements
    }
}

impl Kind {
    pub(super) fn spell(self, dialect: &TableDialect) -> String {
        match self {
            Self::Blob => dialect.blob.to_owned(),
            Self::Bytes(length) => (dialect.bytes)(length),
            Self::Flag => "BOOLEAN".to_owned(),
            Self::Int => "BIGINT".to_owned(),
            Self::Key(length) => (dialect.key)(length),
            Self::Text => dialect.text.to_owned(),
        }
    }
}
