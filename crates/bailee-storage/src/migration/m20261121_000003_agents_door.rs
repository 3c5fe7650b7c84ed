//! What the agents' door needs: requests to connect, runs, kept results of calls, and the versions of owners.

use super::table::{
    Kind::{Blob, Bytes, Int, Key, Text},
    Null::{No, Yes},
    Table,
};
use crate::dialect::TableDialect;

const CONNECT_REQUESTS: Table = Table {
    name: "connect_requests",
    columns: &[
        ("id", Key(32), No),
        ("owner_key", Key(772), No),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), No),
        ("provider", Key(32), No),
        ("integration_id", Key(36), Yes),
        ("scopes", Text, No),
        ("profile_id", Key(128), No),
        ("client", Text, Yes),
        ("created_ms", Int, No),
        ("expires_ms", Int, No),
    ],
    key: "id",
    unique: &[],
    indexes: &[
        ("connect_requests_by_owner", "owner_key, provider, created_ms"),
        ("connect_requests_by_expiry", "expires_ms"),
    ],
};

const AGENT_RUNS: Table = Table {
    name: "agent_runs",
    columns: &[
        ("id", Key(36), No),
        ("token_hash", Bytes(32), No),
        ("owner_key", Key(772), No),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), No),
        ("profile_id", Key(128), No),
        ("thread_id", Key(128), Yes),
        ("effects", Int, No),
        ("expires_ms", Int, No),
    ],
    key: "id",
    unique: &["token_hash"],
    indexes: &[("agent_runs_by_expiry", "expires_ms")],
};

const IDEMPOTENCY_KEYS: Table = Table {
    name: "idempotency_keys",
    columns: &[
        ("owner_key", Key(772), No),
        ("tool", Key(128), No),
        ("key_hash", Bytes(32), No),
        ("claim", Bytes(16), No),
        ("begun_ms", Int, No),
        ("secret", Blob, Yes),
        ("key_id", Key(16), Yes),
        ("expires_ms", Int, No),
    ],
    key: "owner_key, tool, key_hash",
    unique: &[],
    indexes: &[("idempotency_keys_by_expiry", "expires_ms")],
};

const OWNER_VERSIONS: Table = Table {
    name: "owner_versions",
    columns: &[("owner_key", Key(772), No), ("version", Int, No)],
    key: "owner_key",
    unique: &[],
    indexes: &[],
};

const SEEN_EVENTS: Table = Table {
    name: "seen_events",
    columns: &[("provider", Key(32), No), ("event", Key(200), No), ("expires_ms", Int, No)],
    key: "provider, event",
    unique: &[],
    indexes: &[("seen_events_by_expiry", "expires_ms")],
};

pub(super) const NAME: &str = "m20261121_000003_agents_door";

pub(super) fn statements(dialect: &TableDialect) -> Vec<String> {
    [CONNECT_REQUESTS, AGENT_RUNS, IDEMPOTENCY_KEYS, OWNER_VERSIONS, SEEN_EVENTS]
        .iter()
        .flat_map(|table| table.statements(dialect))
        .collect()
}
