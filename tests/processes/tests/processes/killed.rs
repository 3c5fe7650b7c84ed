//! A process that is killed at each step of its refresh, and the host that comes after it.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use futures_util::future::try_join_all;
use process_tests::{Pace, Replay, Step};
use test_support::Engine;
use tokio::{io::AsyncReadExt as _, net::TcpListener, time::timeout, try_join};

use crate::{
    process::Process,
    rig::{PATIENCE, Rig, USER, until_held},
};

/// When the holder of the lease is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    At(Step),
    /// Its request is under way, and the provider never carries it out.
    Unprocessed,
    /// The provider has carried out its request, and the answer is under way.
    Unanswered,
}

/// Kills a holder at this moment on a fresh database, and returns what it leaves behind.
async fn killed(engine: Engine, replay: Replay, moment: Moment) -> anyhow::Result<Option<Left>> {
    let Some(database) = engine.fresh().await? else { return Ok(None) };
    let mut rig = Rig::new(&database, replay, Pace::Short).await?;
    match moment {
        Moment::At(step) => {
            rig.orders.stand = Some(step);
            let mut process = Process::start(&rig).await?;
            process.begin_ask(USER, 1).await?;
            process.until_standing().await?;
            process.kill().await?;
        }
        Moment::Unprocessed => {
            let deaf = TcpListener::bind(("127.0.0.1", 0)).await?;
            rig.orders.provider = format!("http://{}", deaf.local_addr()?).parse()?;
            let mut process = Process::start(&rig).await?;
            process.begin_ask(USER, 1).await?;
            let (mut connection, _) = timeout(PATIENCE, deaf.accept()).await??;
            ensure!(connection.read(&mut [0; 64]).await? > 0, "no request was sent");
            process.kill().await?;
        }
        Moment::Unanswered => {
            let gate = Gate::new();
            rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
            let mut process = Process::start(&rig).await?;
            process.begin_ask(USER, 1).await?;
            until_held(&gate).await?;
            process.kill().await?;
            gate.open();
        }
    }
    Ok(Some(Left { rig, _database: database }))
}

/// What a killed holder leaves behind.
struct Left {
    rig: Rig,
    _database: test_support::TestDatabase,
}

/// Runs `then` on what is left after each of these moments on each engine, on all of them at once, as each waits for a
/// lease to lapse.
#[expect(clippy::future_not_send, reason = "a test is awaited where it was begun")]
async fn after_each(
    moments: &[Moment],
    replay: Replay,
    then: impl AsyncFn(&Rig) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let cases = Engine::SHARED.iter().flat_map(|engine| moments.iter().map(move |moment| (*engine, *moment)));
    let runs = cases.map(async |(engine, moment)| {
        let run = async {
            match killed(engine, replay, moment).await? {
                Some(left) => then(&left.rig).await,
                None => Ok(()),
            }
        };
        run.await.map_err(|error| error.context(format!("on {engine}, killed at {moment:?}")))
    });
    try_join_all(runs).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_whose_holder_was_killed_before_the_provider_acted_is_refreshed_by_the_next()
-> anyhow::Result<()> {
    let moments = [
        Moment::At(Step::Asking),
        Moment::At(Step::Leased),
        Moment::At(Step::Confirmed),
        Moment::At(Step::Sending),
        Moment::Unprocessed,
    ];
    after_each(&moments, Replay::Strict, async |rig| {
        rig.next_token().await?;
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.reuses() == 0 && rig.mock.live_grants() == 1, "the grant was lost");
        rig.ensure_one_at_a_time()
    })
    .await
}

/// Nobody has the new refresh token, and the old one was used up: nothing can mend that, and nobody revoked it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_second_use_ends_the_grant_an_outcome_that_died_with_its_holder_is_called_lost()
-> anyhow::Result<()> {
    let moments = [Moment::Unanswered, Moment::At(Step::Saving)];
    after_each(&moments, Replay::Strict, async |rig| {
        let answers = rig.next_host().await?;
        let lost = BTreeMap::from([("needs_reconnect: outcome_lost".to_owned(), 1)]);
        ensure!(answers.failures == lost, "{answers:?}");
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        rig.ensure_one_at_a_time()
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_second_use_is_taken_an_outcome_that_died_with_its_holder_is_obtained_again()
-> anyhow::Result<()> {
    let moments = [Moment::Unanswered, Moment::At(Step::Saving)];
    let healed = async |replay| {
        after_each(&moments, replay, async |rig| {
            rig.next_token().await?;
            ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
            ensure!(rig.mock.reuses() == 0 && rig.mock.live_grants() == 1, "the grant was lost");
            rig.ensure_one_at_a_time()
        })
        .await
        .with_context(|| format!("{replay:?}"))
    };
    try_join!(healed(Replay::Grace), healed(Replay::Static)).map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_holder_wrote_before_it_was_killed_is_served_at_once() -> anyhow::Result<()> {
    after_each(&[Moment::At(Step::Saved)], Replay::Strict, async |rig| {
        ensure!(rig.column("lease_until_ms").await? == 0, "the lease outlived the write");
        rig.next_token().await?;
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        ensure!(rig.mock.reuses() == 0);
        Ok(())
    })
    .await
}
