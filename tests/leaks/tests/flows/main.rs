//! Every flow on every engine, with the logs of all crates at their finest, and a search for every secret of it. Alone in
//! its process, as it listens to all of it.

mod agents;
mod connects;
mod operations;
mod rig;
mod tokens;
mod trouble;

use anyhow::ensure;
use leak_tests::{Capture, Labels, dump};
use test_support::{Engine, each_of};

use rig::Rig;

/// Words that errors of every kind tell: without one of them, its flow was not met.
const TOLD: [&str; 11] = [
    "Backend",
    "Config",
    "InvalidArguments",
    "KeyUnavailable",
    "Malformed",
    "NeedsReconnect",
    "Rejected",
    "Tampered",
    "TokenRejected",
    "Unavailable",
    "UnknownEngine",
];

/// What browsers were answered: without one of them, its flow was not met.
const ANSWERED: [&str; 9] = [
    "200 OK",
    "303 See Other",
    "400 Bad Request",
    "409 Conflict",
    "415 Unsupported Media Type",
    "502 Bad Gateway",
    "\"revocation\":\"failed\"",
    "\"revocation\":\"pending\"",
    "\"revocation\":\"revoked\"",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_of_any_flow_is_logged_answered_told_in_an_error_or_stored() -> anyhow::Result<()> {
    let (log, labels) = (Capture::begin()?, Labels::begin()?);
    each_of(&Engine::SHARED, async |database| {
        let before = log.bytes().len();
        let mut rig = Rig::new(database).await?;
        connects::all(&mut rig).await?;
        tokens::refreshes(&mut rig).await?;
        tokens::calls(&mut rig).await?;
        agents::visits(&mut rig).await?;
        trouble::records(&mut rig).await?;
        let stored = full(&rig).await?;
        trouble::disconnects(&mut rig).await?;
        operations::all(&mut rig).await?;
        let emptied = dump(database).await?;
        trouble::stores(&mut rig).await?;
        trouble::settings(&mut rig)?;

        let log = log.bytes().split_off(before);
        taken_in(&rig, &log, &labels)?;
        let (secrets, shown) = rig.secrets()?;
        let mut found = Vec::new();
        for (place, bytes) in [
            ("the log", log.as_slice()),
            ("a metric", &labels.bytes()),
            ("what is printed", rig.told.text().as_bytes()),
            ("the full database", &stored),
            ("the emptied database", &emptied),
        ] {
            found.extend(secrets.found_in(place, bytes)?);
            found.extend(shown.found_in(place, bytes)?);
        }
        // Our page is handed `state` and handle, and the browser its nonce: the other secrets are nobody's.
        found.extend(secrets.found_in("an answer", rig.answers.bytes())?);
        ensure!(found.is_empty(), "{}", found.join("\n"));
        Ok(())
    })
    .await
}

/// What is stored while every kind of secret is: credentials, a verifier, a parked code and a grant to give back.
async fn full(rig: &Rig<'_>) -> anyhow::Result<Vec<u8>> {
    for rows in [
        "user_integrations WHERE secret IS NOT NULL",
        "oauth_flows WHERE parked_code IS NULL",
        "oauth_flows WHERE parked_code IS NOT NULL",
        "outbox WHERE secret IS NOT NULL",
        "event_outbox",
        "idempotency_keys WHERE secret IS NOT NULL",
        "agent_runs",
        "connect_requests",
    ] {
        ensure!(
            rig.raw.count(&format!("SELECT COUNT(*) FROM {rows}")).await? > 0,
            "there is nothing in {rows}"
        );
    }
    let bytes = dump(rig.database).await?;
    if rig.database.engine() == Engine::SqliteFile {
        let text = String::from_utf8_lossy(&bytes);
        ensure!(text.contains("\ntest.db\n") && text.contains("\ntest.db-wal\n"), "a file is missing");
    }
    ensure!(String::from_utf8_lossy(&bytes).contains("ada@example.com"), "nothing of ada is in the database");
    Ok(bytes)
}

/// Those whose words are known to be there; without them the search would find nothing because there is nothing.
fn taken_in(rig: &Rig<'_>, log: &[u8], labels: &Labels) -> anyhow::Result<()> {
    let log = String::from_utf8_lossy(log);
    for target in [
        "bailee.connect",
        "bailee_engine",
        "bailee_http",
        "rmcp",
        "hyper_util",
        "reqwest",
        "rustls",
        "sqlx::query",
        // A statement.
        "user_integrations",
    ] {
        ensure!(log.contains(target), "{target} is not in the log");
    }
    let labels = String::from_utf8_lossy(&labels.bytes()).into_owned();
    for label in ["bailee_refreshes_total", "bailee_seal_errors_total"] {
        ensure!(labels.contains(label), "{label} was not counted");
    }
    let answers = String::from_utf8_lossy(rig.answers.bytes());
    for word in ANSWERED {
        ensure!(answers.contains(word), "no answer said {word}");
    }
    for word in TOLD {
        ensure!(rig.told.text().contains(word), "no error told {word}");
    }
    Ok(())
}
