//! When an account was connected, or connected again: a refresh and a change leave it alone.

use super::table::Kind;
use crate::dialect::TableDialect;

pub(super) const NAME: &str = "m20261121_000005_connected";

/// NULL in rows of before, and in those that an older version writes: they were connected when they were created.
pub(super) fn statements(dialect: &TableDialect) -> Vec<String> {
    let (add_column, kind) = (dialect.add_column, Kind::Int.spell(dialect));
    vec![format!("ALTER TABLE user_integrations {add_column} connected_ms {kind}")]
}
