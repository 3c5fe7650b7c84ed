//! Integrations with their credentials, pending flows, the outbox, and the counter that orders flows.
//!
//! Lengths are those of the ids of `bailee-core`: an owner key has at most 772 bytes.

use super::table::{
    Kind::{Blob, Bytes, Flag, Int, Key, Text},
    Null::{No, Yes},
    Table,
};
use crate::dialect::TableDialect;

const USER_INTEGRATIONS: Table = Table {
    name: "user_integrations",
    columns: &[
        ("id", Key(36), No),
        ("owner_key", Key(772), No),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), No),
        ("provider", Key(32), No),
        ("slot", Key(255), No),
        ("client", Key(255), Yes),
        ("account_id", Key(255), No),
        ("account_label", Text, Yes),
        ("lifecycle", Key(32), No),
        ("status", Key(32), No),
        ("status_reason", Key(64), Yes),
        ("dead_reason", Key(64), Yes),
        ("enabled", Flag, No),
        ("is_default", Flag, No),
        ("scope", Key(32), No),
        ("profile_ids", Text, No),
        ("bound_profile_id", Key(128), Yes),
        ("requested", Text, No),
        ("granted", Text, Yes),
        ("lacking", Text, No),
        ("config", Text, No),
        ("version", Int, No),
        ("created_ms", Int, No),
        ("updated_ms", Int, No),
        ("validated_ms", Int, Yes),
        ("secret", Blob, No),
        ("key_id", Key(16), No),
        ("secret_epoch", Int, No),
        ("lease_epoch", Int, No),
        ("lease_owner", Bytes(16), Yes),
        ("lease_until_ms", Int, No),
        ("unknown_epoch", Int, No),
        ("refreshable", Flag, No),
        ("access_expires_ms", Int, Yes),
        ("access_lifetime_ms", Int, Yes),
        ("next_refresh_ms", Int, No),
        ("refresh_failures", Int, No),
    ],
    key: "id",
    unique: &["owner_key, provider, slot"],
    indexes: &[
        ("user_integrations_by_owner", "owner_key, id"),
        // The token path reads by owner and provider in the order of ids.
        ("user_integrations_by_provider", "owner_key, provider, id"),
        // What is due stands together: rows of other providers, and those that cannot be refreshed, may be many.
        ("user_integrations_by_expiry", "lifecycle, provider, refreshable, access_expires_ms"),
        ("user_integrations_by_account", "provider, account_id, client"),
        ("user_integrations_by_key", "key_id, id"),
    ],
};

const OAUTH_FLOWS: Table = Table {
    name: "oauth_flows",
    columns: &[
        ("id", Key(36), No),
        ("number", Int, No),
        ("state_hash", Bytes(32), No),
        ("owner_key", Key(772), No),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), No),
        ("provider", Key(32), No),
        ("client", Key(255), Yes),
        ("redirect_uri", Text, No),
        ("verifier", Blob, No),
        ("issuer", Text, Yes),
        ("issuer_required", Flag, No),
        ("requested", Text, No),
        ("return_to", Text, No),
        ("proof_kind", Key(32), No),
        ("proof_hash", Bytes(32), No),
        ("reconnect_id", Key(36), Yes),
        ("handle_hash", Bytes(32), Yes),
        ("parked_code", Blob, Yes),
        ("parked_error", Text, Yes),
        ("expires_ms", Int, No),
    ],
    key: "id",
    unique: &["state_hash"],
    indexes: &[
        ("oauth_flows_by_owner", "owner_key, provider, number"),
        ("oauth_flows_by_expiry", "expires_ms"),
    ],
};

const OUTBOX: Table = Table {
    name: "outbox",
    columns: &[
        ("id", Key(36), No),
        ("kind", Key(32), No),
        ("integration_id", Key(36), Yes),
        ("organization_id", Key(128), Yes),
        ("user_id", Key(128), Yes),
        ("provider", Key(32), Yes),
        ("client", Key(255), Yes),
        ("account_id", Key(255), Yes),
        ("account_label", Text, Yes),
        ("secret", Blob, Yes),
        ("created_ms", Int, No),
        ("due_ms", Int, No),
        ("attempts", Int, No),
        ("claim", Bytes(16), Yes),
    ],
    key: "id",
    unique: &[],
    indexes: &[("outbox_by_due", "due_ms")],
};

/// Numbers in the order of their transactions. A row that is counted up is also a lock until the transaction ends, on
/// every engine alike.
const COUNTERS: Table = Table {
    name: "bailee_counters",
    columns: &[("name", Key(32), No), ("value", Int, No)],
    key: "name",
    unique: &[],
    indexes: &[],
};

/// One that counts flows.
const FLOW_COUNTER: &str = "INSERT INTO bailee_counters (name, value) \
     SELECT 'oauth_flows', 0 FROM (SELECT COUNT(*) AS found FROM bailee_counters WHERE name = 'oauth_flows') AS counted \
     WHERE found = 0";

pub(super) const NAME: &str = "m20261121_000001_first_tables";

pub(super) fn statements(dialect: &TableDialect) -> Vec<String> {
    [USER_INTEGRATIONS, OAUTH_FLOWS, OUTBOX, COUNTERS]
        .iter()
        .flat_map(|table| table.statements(dialect))
        .chain([FLOW_COUNTER.to_owned()])
        .collect()
}
