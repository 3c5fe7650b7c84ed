//! What threads allow, named secrets, tasks for people, and the ledger.

use super::table::{
    Kind::{Blob, Flag, Int, Key, Text},
    Null::{No, Yes},
    Table,
};
use crate::dialect::TableDialect;

const THREAD_PERMISSIONS: Table = Table {
    name: "thread_permissions",
    columns: &[
        ("owner_key", Key(772), No),
        ("thread_id", Key(128), No),
        ("flags", Int, No),
        ("version", Int, No),
        ("updated_ms", Int, No),
    ],
    key: "owner_key, thread_id",
    unique: &[],
    indexes: &[],
};

const USER_SECRETS: Table = Table {
    name: "user_secrets",
    columns: &[
        ("id", Key(36), No),
        ("owner_key", Key(772), No),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), No),
        ("name", Key(128), No),
        ("scope", Key(32), No),
        ("profile_ids", Text, No),
        ("secret", Blob, No),
        ("key_id", Key(16), No),
        ("secret_epoch", Int, No),
        ("version", Int, No),
        ("created_ms", Int, No),
        ("updated_ms", Int, No),
    ],
    key: "id",
    unique: &["owner_key, name"],
    indexes: &[("user_secrets_by_owner", "owner_key, id"), ("user_secrets_by_key", "key_id, id")],
};

const AGENT_TASKS: Table = Table {
    name: "agent_tasks",
    columns: &[
        ("id", Key(36), No),
        ("owner_key", Key(772), No),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), No),
        ("profile_id", Key(128), No),
        ("thread_id", Key(128), Yes),
        ("proposal", Text, No),
        ("status", Key(32), No),
        ("created_ms", Int, No),
        ("updated_ms", Int, No),
    ],
    key: "id",
    unique: &[],
    indexes: &[("agent_tasks_by_owner", "owner_key, id"), ("agent_tasks_by_status", "owner_key, status, id")],
};

const LEDGER: Table = Table {
    name: "ledger",
    columns: &[
        ("id", Key(36), No),
        ("owner_key", Key(772), No),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), No),
        ("ts_ms", Int, No),
        ("action", Key(32), No),
        ("outcome", Key(32), No),
        ("refusal", Key(64), Yes),
        ("rule", Key(32), Yes),
        ("profile_id", Key(128), Yes),
        ("thread_id", Key(128), Yes),
        ("tool", Key(128), Yes),
        ("provider", Key(32), Yes),
        ("integration_id", Key(36), Yes),
        ("details", Text, No),
        ("latency_ms", Int, Yes),
        ("bytes_out", Int, Yes),
        ("truncated", Flag, Yes),
        ("provider_status", Int, Yes),
        ("provider_request_id", Key(200), Yes),
        ("token_refreshed", Flag, Yes),
    ],
    key: "id",
    unique: &[],
    indexes: &[
        ("ledger_by_owner", "owner_key, id"),
        ("ledger_by_thread", "owner_key, thread_id, id"),
        ("ledger_by_integration", "owner_key, integration_id, id"),
        ("ledger_by_age", "ts_ms"),
    ],
};

pub(super) const NAME: &str = "m20261121_000002_permissions_and_records";

pub(super) fn statements(dialect: &TableDialect) -> Vec<String> {
    [THREAD_PERMISSIONS, USER_SECRETS, AGENT_TASKS, LEDGER]
        .iter()
        .flat_map(|table| table.statements(dialect))
        .collect()
}
