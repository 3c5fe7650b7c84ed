//! A holder is killed, by a signal that no process can handle, at each moment of its refresh.

use anyhow::ensure;
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use refresh_tests::{Orders, Pace, Replay, Step};
use test_support::TestDatabase;

use crate::{
    process::Process,
    rig::{Rig, on_each_at_once},
};

/// When the holder dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// At this step of its own.
    At(Step),
    /// Its request has arrived and is never carried out.
    Requested,
    /// Its request was carried out and is not answered yet.
    Answering,
}

/// A lease, and as long again for a machine with much to do.
const SOON_MS: u64 = 15_000;

async fn rig(database: &TestDatabase, replay: Replay) -> anyhow::Result<Rig> {
    let mut rig = Rig::new(database, replay).await?;
    rig.orders.pace = Pace::Short;
    rig.expired().await?;
    Ok(rig)
}

/// Kills a holder at this moment, and returns until when it has the lease.
async fn kill_holder(rig: &Rig, moment: Moment) -> anyhow::Result<i64> {
    let gate = Gate::new();
    let stand = match moment {
        Moment::At(step) => Some(step),
        Moment::Requested => {
            rig.mock.fault(Endpoint::Token, Fault::Hold(gate.clone())).once();
            None
        }
        Moment::Answering => {
            rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
            None
        }
    };
    let mut holder = Process::start(&Orders { stand, ..rig.orders.clone() }).await?;
    holder.begin_ask("u1", 3).await?;
    match moment {
        Moment::At(_) => holder.until_standing().await?,
        Moment::Requested | Moment::Answering => gate.until_waiting(1).await,
    }
    let until = rig.column("lease_until_ms").await?;
    holder.kill().await?;
    if moment == Moment::Answering {
        // The answer finds nobody.
        gate.open();
    }
    Ok(until)
}

/// The next process has a live token soon, and not before the dead one's lease has lapsed.
async fn ensure_healed(rig: &Rig, lease_until: i64) -> anyhow::Result<()> {
    let answers = Process::start(&rig.orders).await?.ask("u1", 3).await?;
    ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
    ensure!(answers.tokens.iter().all(|token| rig.mock.is_live(token)), "a dead token was handed out");
    ensure!(answers.took_ms < SOON_MS, "it took {} ms", answers.took_ms);
    ensure!(rig.raw.clock().await? >= lease_until, "somebody refreshed under a lease that was held");
    ensure!(rig.mock.reuses() == 0);
    rig.ensure_never_dead().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_killed_before_it_sent_anything_is_followed_when_its_lease_has_lapsed() -> anyhow::Result<()>
{
    on_each_at_once(&[Step::Leased, Step::Confirmed, Step::Sending], async |database, step| {
        let rig = rig(database, Replay::Strict).await?;
        let until = kill_holder(&rig, Moment::At(step)).await?;
        ensure!(rig.refreshes() == 0);
        ensure_healed(&rig, until).await?;
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_was_never_carried_out_is_sent_again_by_the_next_holder() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| {
        let rig = rig(database, Replay::Strict).await?;
        let until = kill_holder(&rig, Moment::Requested).await?;
        ensure!(rig.refreshes() == 1);
        ensure_healed(&rig, until).await?;
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        Ok(())
    })
    .await
}

/// The moments between the provider's commit and ours: the answer is lost for good.
const WINDOW: [Moment; 2] = [Moment::Answering, Moment::At(Step::Saving)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_died_with_its_holder_is_asked_for_again_where_a_replay_is_taken() -> anyhow::Result<()>
{
    let cases = [Replay::Static, Replay::Grace].map(|replay| WINDOW.map(|moment| (replay, moment))).concat();
    on_each_at_once(&cases, async |database, (replay, moment)| {
        let rig = rig(database, replay).await?;
        let until = kill_holder(&rig, moment).await?;
        ensure_healed(&rig, until).await?;
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.max_in_flight("/token") == 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_died_with_its_holder_is_a_lost_outcome_where_a_replay_ends_the_grant()
-> anyhow::Result<()> {
    on_each_at_once(&WINDOW, async |database, moment| {
        let rig = rig(database, Replay::Strict).await?;
        let until = kill_holder(&rig, moment).await?;
        // The only moment at which a crash costs the user a reconnect; and it is not said that they took the grant away.
        for _ in 0..2 {
            let answers = Process::start(&rig.orders).await?.ask("u1", 3).await?;
            let lost = [("needs_reconnect: outcome_lost".to_owned(), 3)].into();
            ensure!(answers.failures == lost, "{answers:?}");
        }
        ensure!(rig.raw.clock().await? >= until, "somebody refreshed under a lease that was held");
        ensure!(rig.column("version").await? == 2, "it is declared dead once");
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.max_in_flight("/token") == 1);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_holder_killed_after_its_write_leaves_its_token_to_all() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| {
        let rig = rig(database, Replay::Strict).await?;
        let until = kill_holder(&rig, Moment::At(Step::Saved)).await?;
        ensure!(until == 0, "the lease was not given back");
        ensure_healed(&rig, until).await?;
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        Ok(())
    })
    .await
}
