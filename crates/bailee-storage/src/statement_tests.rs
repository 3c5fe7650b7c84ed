//! Tests of the statements themselves: indexes, owners, and the order of assignments.

#[cfg(feature = "postgres")]
use anyhow::Context as _;
use sqlx::{AssertSqlSafe, Row, SqlitePool, sqlite::SqlitePoolOptions};

#[cfg(feature = "postgres")]
use crate::dialect::POSTGRES;
use crate::{
    SqlStore, connect_request, credential, dialect::SQLITE, event, idempotency, incident, integration,
    ledger, maintenance, outbox, pending, run, secret, statement::Statement, task, thread, update, version,
};

async fn plan(pool: &SqlitePool, statement: &'static Statement) -> anyhow::Result<String> {
    let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", text(statement)?));
    let rows = sqlx::query(sql).fetch_all(pool).await?;
    let steps = rows.iter().map(|row| row.try_get::<String, _>("detail")).collect::<Result<Vec<_>, _>>()?;
    Ok(steps.join("; "))
}

#[tokio::test]
async fn rows_are_found_by_an_index() -> anyhow::Result<()> {
    let key = "(id=?)";
    let provider = "user_integrations_by_provider (owner_key=? AND provider=?)";
    use_indexes(&[
        ("read", &credential::READ, key),
        ("acquire", &credential::ACQUIRE, key),
        ("save", &credential::SAVE, key),
        ("credentials by id", &integration::CREDENTIALS_BY_ID, key),
        ("credentials by provider", &integration::CREDENTIALS_BY_PROVIDER, provider),
        ("find", &integration::FIND, key),
        ("of provider", &integration::OF_PROVIDER, provider),
        ("list", &integration::LIST, "user_integrations_by_owner (owner_key=? AND id>?)"),
        (
            "others of account",
            &credential::OTHERS_OF_ACCOUNT,
            "user_integrations_by_account (provider=? AND account_id=?)",
        ),
        (
            "due for refresh",
            &maintenance::DUE_FOR_REFRESH,
            "user_integrations_by_expiry (lifecycle=? AND provider=? AND refreshable=? AND access_expires_ms<?)",
        ),
        ("next key", &maintenance::NEXT_KEY, "COVERING INDEX user_integrations_by_key (key_id>?)"),
        ("newest of a key", &maintenance::NEWEST_OF_KEY, "user_integrations_by_key (key_id=?)"),
        ("backlog", &maintenance::BACKLOG, "COVERING INDEX outbox_by_due"),
        ("event backlog", &maintenance::EVENT_BACKLOG, "COVERING INDEX event_outbox_by_due"),
        ("integrations by key", &maintenance::INTEGRATIONS_BY_KEY, "COVERING INDEX user_integrations_by_key"),
        ("secrets by key", &maintenance::SECRETS_BY_KEY, "COVERING INDEX user_secrets_by_key"),
        ("without a message", &incident::WITHOUT_MESSAGE, "user_integrations_by_expiry (lifecycle=?)"),
        ("records of a key", &maintenance::RECORDS_OF_KEY, "user_integrations_by_key (key_id=? AND id>?)"),
        ("rewrap", &maintenance::REWRAP.one, key),
        ("rewrap several", &maintenance::REWRAP.several, key),
        ("reap flows", &maintenance::REAP_FLOWS, "oauth_flows_by_expiry (expires_ms<?)"),
        ("peek", &pending::PEEK, "(state_hash=?)"),
        ("find flow", &pending::FIND, "(state_hash=?)"),
        ("take", &pending::TAKE, "(state_hash=?)"),
        ("give way", &pending::GIVE_WAY, "oauth_flows_by_owner (owner_key=? AND provider=?)"),
        ("alive", &pending::ALIVE, "oauth_flows_by_expiry (expires_ms>?)"),
        ("change", &update::UPDATE, key),
        ("lock", &update::LOCK, provider),
        ("take the first choice", &update::TAKE_FIRST_CHOICE, provider),
        ("due messages", &outbox::DUE, "outbox_by_due (due_ms<?)"),
        ("claim", &outbox::CLAIM, key),
    ])
    .await
}

#[tokio::test]
async fn permissions_and_records_are_found_by_an_index() -> anyhow::Result<()> {
    let (key, thread) = ("(id=?)", "(owner_key=? AND thread_id=?)");
    use_indexes(&[
        ("thread", &thread::FIND, thread),
        ("open threads", &thread::OPEN, "(owner_key=?)"),
        ("set a thread", &thread::SET, thread),
        ("set a thread anyway", &thread::SET_ANYWAY, thread),
        ("secrets", &secret::LIST, "user_secrets_by_owner (owner_key=? AND id>?)"),
        ("find a secret", &secret::FIND, key),
        ("sealed secret", &secret::SEALED, "(owner_key=? AND name=?)"),
        ("update a secret", &secret::UPDATE, key),
        ("delete a secret", &secret::DELETE, key),
        ("secrets of a key", &secret::OF_KEY, "user_secrets_by_key (key_id=? AND id>?)"),
        ("rewrap a secret", &secret::REWRAP.one, key),
        ("rewrap several secrets", &secret::REWRAP.several, key),
        ("tasks", &task::LIST, "agent_tasks_by_owner (owner_key=? AND id<?)"),
        (
            "tasks of a status",
            &task::LIST_OF_STATUS,
            "agent_tasks_by_status (owner_key=? AND status=? AND id<?)",
        ),
        ("find a task", &task::FIND, key),
        ("pending tasks", &task::PENDING, "COVERING INDEX agent_tasks_by_status (owner_key=? AND status=?)"),
        ("move a task", &task::MOVE, key),
        ("entries", &ledger::ENTRIES, "ledger_by_owner (owner_key=? AND id<?)"),
        (
            "entries of a thread",
            &ledger::ENTRIES_OF_THREAD,
            "ledger_by_thread (owner_key=? AND thread_id=? AND id<?)",
        ),
        (
            "entries of an integration",
            &ledger::ENTRIES_OF_INTEGRATION,
            "ledger_by_integration (owner_key=? AND integration_id=? AND id<?)",
        ),
        ("complete an entry", &ledger::COMPLETE, key),
        ("reap entries", &ledger::REAP, "ledger_by_age (ts_ms<?)"),
    ])
    .await
}

#[tokio::test]
async fn what_the_agents_door_needs_is_found_by_an_index() -> anyhow::Result<()> {
    let (key, call) = ("(id=?)", "(owner_key=? AND tool=? AND key_hash=?)");
    use_indexes(&[
        ("find a request", &connect_request::FIND, key),
        ("find a request to a user", &connect_request::FIND_OF_USER, key),
        ("take a request", &connect_request::TAKE, key),
        (
            "requests give way",
            &connect_request::GIVE_WAY,
            "connect_requests_by_owner (owner_key=? AND provider=?)",
        ),
        ("find a run", &run::FIND, "(token_hash=?)"),
        ("end a run", &run::END, key),
        ("clear a call", &idempotency::CLEAR, call),
        ("find a call", &idempotency::FIND, call),
        ("end a call", &idempotency::END, call),
        ("forget a call", &idempotency::FORGET, call),
        ("versions", &version::OF_OWNERS, "(owner_key=?)"),
        ("set what is lacking", &integration::SET_LACKING, key),
        ("due events", &event::DUE, "event_outbox_by_due (sink=? AND due_ms<?)"),
        ("claim an event", &event::CLAIM, "(sink=? AND id=?)"),
        ("complete an event", &event::COMPLETE, "(sink=? AND id=?)"),
        ("postpone an event", &event::POSTPONE, "(sink=? AND id=?)"),
        ("reap events", &event::REAP, "event_outbox_by_age (created_ms<?)"),
        ("lock a row", &event::LOCK, key),
        ("state of a row", &event::STATE, key),
        ("reap requests", &maintenance::REAP_REQUESTS, "connect_requests_by_expiry (expires_ms<?)"),
        ("reap runs", &maintenance::REAP_RUNS, "agent_runs_by_expiry (expires_ms<?)"),
        ("reap results", &maintenance::REAP_RESULTS, "idempotency_keys_by_expiry (expires_ms<?)"),
    ])
    .await
}

/// By name, statement, and what its plan must say.
async fn use_indexes(expected: &[(&str, &'static Statement, &str)]) -> anyhow::Result<()> {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    SqlStore::from_pool(pool.clone()).migrate().await?;
    for (name, statement, index) in expected {
        let plan = plan(&pool, statement).await?;
        assert!(plan.contains(index), "{name}: {plan}");
        let scans = plan.split("; ").any(|step| {
            let known = ["CONSTANT ROW", "SCAN page", "SCAN sealed", "SCAN staying"];
            step.starts_with("SCAN")
                && !step.contains("USING")
                && !known.iter().any(|known| step.contains(known))
        });
        assert!(!scans, "{name}: {plan}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_is_read_in_the_order_of_its_index() -> anyhow::Result<()> {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
    SqlStore::from_pool(pool.clone()).migrate().await?;
    for statement in [
        &integration::CREDENTIALS_BY_PROVIDER,
        &integration::LIST,
        &integration::OF_PROVIDER,
        &ledger::ENTRIES,
        &ledger::ENTRIES_OF_INTEGRATION,
        &ledger::ENTRIES_OF_THREAD,
        &maintenance::RECORDS_OF_KEY,
        &secret::LIST,
        &secret::OF_KEY,
        &task::LIST,
        &task::LIST_OF_STATUS,
    ] {
        let plan = plan(&pool, statement).await?;
        assert!(!plan.contains("USE TEMP B-TREE FOR ORDER BY"), "{plan}");
    }
    Ok(())
}

/// PostgreSQL bounds the scan of an index by a moment only where it is asked for once.
#[cfg(feature = "postgres")]
#[test]
fn sweeps_ask_for_the_moment_once() -> anyhow::Result<()> {
    for statement in [
        &event::DUE,
        &event::REAP,
        &ledger::REAP,
        &maintenance::DUE_FOR_REFRESH,
        &maintenance::REAP_EVENTS,
        &maintenance::REAP_FLOWS,
        &maintenance::REAP_REQUESTS,
        &maintenance::REAP_RESULTS,
        &maintenance::REAP_RUNS,
        &outbox::DUE,
    ] {
        let text = statement.text(&POSTGRES).context("a text")?.sql();
        let text = text.as_str();
        let (_, conditions) = text.split_once(" FROM ").context("a table")?;
        let once = conditions.replace(POSTGRES.now_once, "");
        assert!(once != conditions && !once.contains("clock_timestamp"), "{text}");
    }
    Ok(())
}

#[test]
fn every_statement_of_a_face_asks_for_the_owner() -> anyhow::Result<()> {
    for statement in [
        &integration::CREDENTIALS_BY_ID,
        &integration::CREDENTIALS_BY_PROVIDER,
        &integration::FIND,
        &integration::HIDE,
        &integration::LIST,
        &integration::OF_PROVIDER,
        &integration::RECONNECT,
        &integration::SET_STATUS,
        &ledger::ENTRIES,
        &ledger::ENTRIES_OF_INTEGRATION,
        &ledger::ENTRIES_OF_THREAD,
        &pending::FIND,
        &pending::TAKE,
        &secret::DELETE,
        &secret::FIND,
        &secret::LIST,
        &secret::SEALED,
        &secret::UPDATE,
        &task::FIND,
        &task::LIST,
        &task::LIST_OF_STATUS,
        &task::MOVE,
        &task::PENDING,
        &thread::FIND,
        &thread::SET,
        &thread::SET_ANYWAY,
        &update::LOCK,
        &update::TAKE_FIRST_CHOICE,
        &update::UPDATE,
    ] {
        let text = text(statement)?;
        let (_, condition) = text.rsplit_once(" WHERE ").unwrap_or_default();
        assert!(condition.contains("owner_key = ?"), "{text}");
        assert!(
            !condition.contains(" OR ") || condition.contains("((? AND handle_hash IS NULL) OR"),
            "{text}"
        );
    }
    Ok(())
}

/// MySQL assigns from left to right, and an expression sees what was assigned before it; others see the old row.
#[test]
fn no_assignment_reads_a_column_that_was_assigned_before() -> anyhow::Result<()> {
    for statement in [
        &credential::ACQUIRE,
        &credential::MARK_DEAD,
        &credential::MARK_EXPIRED,
        &credential::RELEASE,
        &credential::SAVE,
        &event::CLAIM,
        &event::POSTPONE,
        &integration::HIDE,
        &integration::RECONNECT,
        &integration::SET_STATUS,
        &ledger::COMPLETE,
        &maintenance::REWRAP.one,
        &outbox::CLAIM,
        &outbox::POSTPONE,
        &pending::COUNT_UP,
        &pending::PARK,
        &secret::REWRAP.one,
        &secret::UPDATE,
        &task::MOVE,
        &thread::SET,
        &thread::SET_ANYWAY,
        &update::LOCK,
        &update::TAKE_FIRST_CHOICE,
        &update::UPDATE,
    ] {
        let text = text(statement)?;
        let assignments = text
            .split_once(" SET ")
            .and_then(|(_, rest)| rest.rsplit_once(" WHERE "))
            .map(|(assignments, _)| assignments)
            .unwrap_or_default();
        let mut assigned: Vec<&str> = Vec::new();
        for assignment in top_level(assignments) {
            let (column, value) = assignment.split_once('=').unwrap_or_default();
            let mut words =
                value.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            let stale = words.find(|word| assigned.contains(word));
            assert_eq!(stale, None, "{text}");
            assigned.push(column.trim());
        }
        assert!(!assigned.is_empty(), "{text}");
    }
    Ok(())
}

fn text(statement: &'static Statement) -> anyhow::Result<String> {
    let text = statement.text(&SQLITE).ok_or_else(|| anyhow::anyhow!("no text"))?;
    Ok(text.sql().as_str().to_owned())
}

/// The parts between commas outside parentheses.
fn top_level(list: &str) -> Vec<&str> {
    let mut depth = 0;
    list.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        character == ',' && depth == 0
    })
    .collect()
}
