//! Events on their way to those who are told.

use super::table::{
    Kind::{Bytes, Int, Key, Text},
    Null::{No, Yes},
    Table,
};
use crate::dialect::TableDialect;

/// Apart from `outbox`: a process of an older version, which knows of no events, reads every row there.
const EVENT_OUTBOX: Table = Table {
    name: "event_outbox",
    columns: &[
        ("sink", Key(64), No),
        ("id", Key(36), No),
        ("event", Text, No),
        ("created_ms", Int, No),
        ("due_ms", Int, No),
        ("attempts", Int, No),
        ("claim", Bytes(16), Yes),
    ],
    key: "sink, id",
    unique: &[],
    indexes: &[("event_outbox_by_due", "sink, due_ms"), ("event_outbox_by_age", "created_ms")],
};

pub(super) const NAME: &str = "m20261121_000004_events";

pub(super) fn statements(dialect: &TableDialect) -> Vec<String> {
    EVENT_OUTBOX.statements(dialect)
}
