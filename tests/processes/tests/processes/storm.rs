//! Many processes, many callers, one refresh.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bailee_core::Clock as _;
use bailee_engine::SystemClock;
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use futures_util::future::try_join_all;
use process_tests::{Answers, Pace, Replay, Step};
use test_support::{Engine, TestDatabase, each_of};

use crate::{
    process::Process,
    rig::{Rig, USER, on_each_at_once, until_held},
};

const PROCESSES: usize = 8;
const CALLERS: u32 = 50;

/// As many processes as there are, each of them ready.
async fn start_all(rig: &Rig) -> anyhow::Result<Vec<Process>> {
    try_join_all((0..PROCESSES).map(|_| Process::start(rig))).await
}

async fn begin_all(processes: &mut [Process]) -> anyhow::Result<()> {
    try_join_all(processes.iter_mut().map(|process| process.begin_ask(USER, CALLERS))).await.map(drop)
}

async fn answers(processes: &mut [Process]) -> anyhow::Result<Vec<Answers>> {
    try_join_all(processes.iter_mut().map(|process| process.answers(USER))).await
}

/// One request, one token, and every caller has it.
fn ensure_one_refresh(rig: &Rig, answers: &[Answers]) -> anyhow::Result<()> {
    for one in answers {
        rig.ensure_live(one, CALLERS as usize)?;
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
        let rig = Rig::new(database, Replay::Strict, Pace::Default).await?;
        let mut processes = start_all(&rig).await?;
        begin_all(&mut processes).await?;
        let answers = answers(&mut processes).await?;
        ensure_one_refresh(&rig, &answers)
    })
    .await
}

/// The look at a free lease proves nothing: what counts is the taking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_eight_processes_that_saw_the_lease_free_one_takes_it() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::new(database, Replay::Strict, Pace::Default).await?;
        rig.orders.stand = Some(Step::Asking);
        let mut processes = start_all(&rig).await?;
        begin_all(&mut processes).await?;
        try_join_all(processes.iter_mut().map(Process::until_standing)).await?;
        let gate = Gate::new();
        rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone()));
        let (first, others) = processes.split_first_mut().context("there are eight")?;
        first.go_on().await?;
        until_held(&gate).await?;
        try_join_all(others.iter_mut().map(Process::go_on)).await?;
        try_join_all(others.iter_mut().map(Process::until_asked)).await?;
        gate.open();
        let answers = answers(&mut processes).await?;
        ensure_one_refresh(&rig, &answers)?;
        rig.ensure_one_at_a_time()
    })
    .await
}

/// With the default timings, as a slow provider meets them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_of_eleven_seconds_is_sent_once_and_holds_up_no_other_row() -> anyhow::Result<()> {
    on_each_at_once(slow).await
}

async fn slow(database: &TestDatabase) -> anyhow::Result<()> {
    let rig = Rig::new(database, Replay::Strict, Pace::Default).await?;
    rig.connect("u2").await?;
    rig.mock.clear_requests();
    let mut processes = start_all(&rig).await?;
    let gate = Gate::new();
    rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone()));
    begin_all(&mut processes).await?;
    until_held(&gate).await?;
    let clock = SystemClock::new();
    while clock.monotonic() < Duration::from_secs(11) {
        let others = try_join_all(processes.iter_mut().map(|process| process.ask("u2", 4))).await?;
        for other in others {
            rig.ensure_live(&other, 4)?;
            // Less than half of what it would take if it waited for the refresh.
            ensure!(other.took_ms < 5_000, "another row took {} ms", other.took_ms);
        }
        let open = open_transactions(&rig, database.engine()).await?;
        ensure!(open == 0, "{open} transactions wait for the provider");
        clock.sleep(Duration::from_secs(1)).await;
    }
    gate.open();
    let answers = answers(&mut processes).await?;
    ensure_one_refresh(&rig, &answers)
}

/// Transactions of our processes that are open while nothing is asked of them; SQLite does not tell.
async fn open_transactions(rig: &Rig, engine: Engine) -> anyhow::Result<i64> {
    let sql = match engine {
        Engine::MySql => {
            "SELECT COUNT(*) FROM information_schema.innodb_trx AS open \
             JOIN information_schema.processlist AS line ON line.id = open.trx_mysql_thread_id \
             WHERE line.db = DATABASE() AND line.command = 'Sleep'"
        }
        Engine::Postgres => {
            "SELECT COUNT(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' \
             AND application_name = current_setting('application_name')"
        }
        Engine::SqliteFile | Engine::SqliteMemory => return Ok(0),
    };
    rig.raw.count(sql).await
}

/// A connection that were held for the time of the request would be missing here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_with_one_connection_serves_others_while_its_refresh_is_under_way() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::new(database, Replay::Strict, Pace::Default).await?;
        rig.connect("u2").await?;
        rig.mock.clear_requests();
        rig.orders.pool = 1;
        let mut process = Process::start(&rig).await?;
        let gate = Gate::new();
        rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
        process.begin_ask(USER, CALLERS).await?;
        until_held(&gate).await?;
        let other = process.ask("u2", CALLERS).await?;
        rig.ensure_live(&other, CALLERS as usize)?;
        gate.open();
        let answers = process.answers(USER).await?;
        rig.ensure_live(&answers, CALLERS as usize)?;
        ensure!(rig.refreshes() == 1);
        Ok(())
    })
    .await
}
