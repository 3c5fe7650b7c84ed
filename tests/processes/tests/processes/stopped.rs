//! A process that is stopped in the middle of its refresh for longer than its lease, and then woken.

use anyhow::{Context as _, ensure};
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use process_tests::{Pace, Replay, Step};
use test_support::TestDatabase;
use tokio::try_join;

use crate::{
    process::Process,
    rig::{Rig, USER, on_each_at_once, until_held},
};

const CALLERS: u32 = 5;

/// A process that was stopped while others went on, and what they left.
struct Sleeper {
    process: Process,
    /// The token that another host obtained meanwhile, and the epoch of its secret.
    newest: (String, i64),
}

impl Sleeper {
    /// Stops this process, and refreshes its row once its lease has lapsed.
    async fn new(rig: &Rig, process: Process) -> anyhow::Result<Self> {
        process.signal("STOP").await?;
        let token = rig.next_token().await?;
        let newest = (token, rig.column("secret_epoch").await?);
        Ok(Self { process, newest })
    }

    /// One that stands still at the step of the orders.
    async fn standing(rig: &Rig) -> anyhow::Result<Self> {
        let mut process = Process::start(rig).await?;
        process.begin_ask(USER, CALLERS).await?;
        process.until_standing().await?;
        Self::new(rig, process).await
    }

    /// Wakes it: its callers have the newer token, and it has changed nothing.
    async fn wake(mut self, rig: &Rig) -> anyhow::Result<()> {
        self.process.go_on().await?;
        self.process.signal("CONT").await?;
        let answers = self.process.answers(USER).await?;
        rig.ensure_live(&answers, CALLERS as usize)?;
        let (newest, epoch) = self.newest;
        ensure!(
            answers.tokens.iter().all(|token| *token == newest),
            "a token that no row has was handed out"
        );
        let now = rig.column("secret_epoch").await?;
        ensure!(now == epoch, "the secret of epoch {epoch} was replaced by that of {now}");
        let connected = rig.column("COUNT(CASE WHEN lifecycle = 'connected' THEN 1 END)").await?;
        ensure!(connected == 1, "the row was declared dead");
        ensure!(rig.next_token().await? == newest, "the next host is served another token");
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_slept_past_its_lease_before_it_sent_sends_nothing() -> anyhow::Result<()> {
    let asleep_at = async |step| {
        on_each_at_once(async |database| {
            let mut rig = Rig::new(database, Replay::Strict, Pace::Short).await?;
            rig.orders.stand = Some(step);
            Sleeper::standing(&rig).await?.wake(&rig).await?;
            ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
            ensure!(rig.mock.reuses() == 0);
            rig.ensure_one_at_a_time()
        })
        .await
        .with_context(|| format!("asleep at {step:?}"))
    };
    try_join!(asleep_at(Step::Leased), asleep_at(Step::Confirmed)).map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_slept_past_its_lease_before_it_wrote_replaces_nothing_newer() -> anyhow::Result<()> {
    on_each_at_once(async |database| {
        let mut rig = Rig::new(database, Replay::Static, Pace::Short).await?;
        rig.orders.stand = Some(Step::Saving);
        Sleeper::standing(&rig).await?.wake(&rig).await?;
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        Ok(())
    })
    .await
}

/// Its own answer waits for it when it wakes, and so does the deadline of the request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_slept_past_its_lease_with_its_request_under_way_serves_the_newer_token()
-> anyhow::Result<()> {
    on_each_at_once(asleep_while_sending).await
}

async fn asleep_while_sending(database: &TestDatabase) -> anyhow::Result<()> {
    let rig = Rig::new(database, Replay::Static, Pace::Short).await?;
    let gate = Gate::new();
    rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
    let mut process = Process::start(&rig).await?;
    process.begin_ask(USER, CALLERS).await?;
    until_held(&gate).await?;
    process.signal("STOP").await?;
    gate.open();
    Sleeper::new(&rig, process).await?.wake(&rig).await?;
    rig.ensure_one_at_a_time()
}

/// The provider refused the grant by mistake, once, and another host was luckier.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_that_slept_past_its_lease_before_its_verdict_declares_no_newer_grant_dead()
-> anyhow::Result<()> {
    on_each_at_once(async |database| {
        let mut rig = Rig::new(database, Replay::Static, Pace::Short).await?;
        rig.orders.stand = Some(Step::Marking);
        rig.mock.fault(Endpoint::Token, Fault::Error("invalid_grant".to_owned())).once();
        Sleeper::standing(&rig).await?.wake(&rig).await
    })
    .await
}
