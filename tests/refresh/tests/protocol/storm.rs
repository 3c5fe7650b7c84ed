//! Many processes, many callers, one refresh.

use std::time::Duration;

use anyhow::ensure;
use bailee_core::{Clock as _, Owner};
use bailee_engine::SystemClock;
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use futures_util::future::try_join_all;
use refresh_tests::{Answers, Replay};
use test_support::{Engine, TestDatabase, each_of};

use crate::{
    process::{Process, start_all},
    rig::{Rig, on_each_at_once},
};

const PROCESSES: usize = 8;
const CALLERS: u32 = 50;

/// The answers of all callers of all processes.
async fn answers(processes: &mut [Process], number: u32) -> anyhow::Result<Vec<Answers>> {
    try_join_all(processes.iter_mut().map(|process| process.answers(number))).await
}

/// One request, one token, and every caller has it.
fn ensure_one_refresh(rig: &Rig, answers: &[Answers]) -> anyhow::Result<()> {
    for one in answers {
        ensure!(one.failures.is_empty(), "{:?}", one.failures);
        ensure!(one.tokens.len() == CALLERS as usize, "{} tokens", one.tokens.len());
        ensure!(one.tokens.iter().all(|token| rig.mock.is_live(token)), "a dead token was handed out");
    }
    ensure!(answers.len() == PROCESSES);
    ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
    ensure!(rig.mock.reuses() == 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_of_fifty_callers_send_one_refresh_and_all_callers_have_its_token()
-> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let mut processes = start_all(&rig.orders, PROCESSES).await?;
        let numbers =
            try_join_all(processes.iter_mut().map(|process| process.begin_ask("u1", CALLERS))).await?;
        ensure!(numbers.iter().all(|number| *number == 1));
        let answers = answers(&mut processes, 1).await?;
        ensure_one_refresh(&rig, &answers)
    })
    .await
}

/// With the default timings, as a slow provider meets them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_eleven_seconds_is_sent_once_and_holds_up_no_other_row() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| slow(database).await).await
}

async fn slow(database: &TestDatabase) -> anyhow::Result<()> {
    let rig = Rig::new(database, Replay::Strict).await?;
    rig.expired().await?;
    rig.connect(&Owner::user("u2")?).await?;
    rig.mock.clear_requests();
    let mut processes = start_all(&rig.orders, PROCESSES).await?;
    let gate = Gate::new();
    rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone()));
    try_join_all(processes.iter_mut().map(|process| process.begin_ask("u1", CALLERS))).await?;
    gate.until_waiting(1).await;
    let clock = SystemClock::new();
    while clock.monotonic() < Duration::from_secs(11) {
        let others = try_join_all(processes.iter_mut().map(|process| process.ask("u2", 1))).await?;
        for other in others {
            ensure!(other.tokens.iter().any(|token| rig.mock.is_live(token)), "{:?}", other.failures);
            ensure!(other.took_ms < 5_000, "another row took {} ms", other.took_ms);
        }
        ensure!(
            open_transactions(&rig, database.engine()).await? == 0,
            "a transaction waits for the provider"
        );
        clock.sleep(Duration::from_secs(1)).await;
    }
    gate.open();
    let answers = answers(&mut processes, 1).await?;
    ensure_one_refresh(&rig, &answers)
}

/// Transactions of our processes that are open while nothing is asked of them; SQLite does not tell.
async fn open_transactions(rig: &Rig, engine: Engine) -> anyhow::Result<i64> {
    match engine {
        Engine::MySql => {
            rig.raw
                .count(
                    "SELECT COUNT(*) FROM information_schema.innodb_trx AS open \
                     JOIN information_schema.processlist AS line ON line.id = open.trx_mysql_thread_id \
                     WHERE line.db = DATABASE() AND line.command = 'Sleep'",
                )
                .await
        }
        Engine::Postgres => {
            rig.raw
                .count(
                    "SELECT COUNT(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' \
                     AND application_name = current_setting('application_name')",
                )
                .await
        }
        Engine::SqliteFile | Engine::SqliteMemory => Ok(0),
    }
}

/// A connection that were held for the time of the request would be missing here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_with_one_connection_serves_others_while_its_refresh_is_under_way() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        rig.connect(&Owner::user("u2")?).await?;
        rig.mock.clear_requests();
        rig.orders.pool = 1;
        let mut process = Process::start(&rig.orders).await?;
        let gate = Gate::new();
        rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
        let number = process.begin_ask("u1", CALLERS).await?;
        gate.until_waiting(1).await;
        let other = process.ask("u2", CALLERS).await?;
        ensure!(other.tokens.len() == CALLERS as usize, "{:?}", other.failures);
        gate.open();
        let answers = process.answers(number).await?;
        ensure!(answers.tokens.len() == CALLERS as usize, "{:?}", answers.failures);
        ensure!(rig.refreshes() == 1);
        Ok(())
    })
    .await
}
