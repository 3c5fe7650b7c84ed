//! T48, T49 and T51: one revocation, tried until it is done, and the row goes last.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bailee_core::{CredentialStore as _, Lifecycle, Owner};
use bailee_engine::{Disconnected, Error, Timings};
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use hostile_tests::Declared;
use serde_json::json;
use test_support::{each_engine, google, key_ring};

use crate::rig::{Rig, builder, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_disconnects_at_once_are_one_revocation_and_one_answer() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let owner = Owner::user("u1")?;
        let id = rig.connect(&owner).await?.id;
        let other = rig.process(database).await?;
        let gate = Gate::new();
        rig.mock.fault(Endpoint::Revoke, Fault::HoldAnswer(gate.clone()));
        let disconnects: Vec<_> = [&rig.bailee, &other]
            .into_iter()
            .cycle()
            .take(10)
            .map(|host| {
                let (host, owner) = (host.clone(), owner.clone());
                tokio::spawn(async move { host.disconnect(&owner, id).await })
            })
            .collect();
        gate.until_waiting(1).await;
        // While the row lives, everybody else has the same answer, and at once.
        until(async || Ok(disconnects.iter().filter(|task| task.is_finished()).count() == 9)).await?;
        ensure!(rig.bailee.disconnect(&owner, "google").await? == Disconnected::Pending);
        ensure!(rig.bailee.integration(&owner, id).await?.is_none(), "hidden at the first commit");
        gate.open();
        let mut outcomes = Vec::new();
        for task in disconnects {
            outcomes.push(task.await??);
        }
        let pending = outcomes.iter().filter(|outcome| **outcome == Disconnected::Pending).count();
        ensure!(pending == 9 && outcomes.contains(&Disconnected::Revoked), "{outcomes:?}");
        ensure!(rig.mock.count_of(Endpoint::Revoke) == 1, "one revocation");
        let gone = rig.bailee.disconnect(&owner, id).await.err();
        ensure!(gone == Some(Error::NotFound), "{gone:?}");
        ensure!(rig.bailee.disconnect(&owner, "google").await? == Disconnected::None);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_revocation_that_fails_three_times_is_done_by_the_fourth_and_the_row_goes_last() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let owner = Owner::user("u1")?;
        // The outbox waits for the attempt of the caller: for twice a request.
        let timings = Timings::default()
            .with_request(Duration::from_secs(1))
            .with_backoff(Duration::from_millis(10))
            .with_poll(Duration::from_millis(5));
        let host = builder(&rig.store, &rig.keys, google(&rig.mock)?)?.timings(timings).build()?;
        let id = rig.connect(&owner).await?.id;
        rig.mock.fault(Endpoint::Revoke, Fault::Status(503)).times(3);
        for _ in 0..2 {
            let outcome = host.disconnect(&owner, id).await?;
            ensure!(outcome == Disconnected::Pending, "{outcome:?}");
        }
        let mut postponed = 0;
        until(async || {
            let before = rig.store.read(id).await?;
            let tick = host.tick().await?;
            postponed += tick.postponed;
            let waits = before.is_some_and(|row| row.lifecycle == Lifecycle::Disconnecting);
            ensure!(waits, "the row went before its revocation");
            Ok(tick.done == 1)
        })
        .await?;
        ensure!(postponed == 2, "{postponed} turns of the worker that failed");
        ensure!((rig.mock.count_of(Endpoint::Revoke), rig.mock.live_grants()) == (4, 0));
        ensure!(rig.store.read(id).await?.is_none(), "the row is erased");
        ensure!(host.disconnect(&owner, "google").await? == Disconnected::None);
        let quiet = host.tick().await?;
        ensure!((quiet.done, quiet.postponed) == (0, 0), "{quiet:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_cannot_be_revoked_is_erased_and_said() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let owner = Owner::user("u1")?;

        let without = rig.with(Declared::irrevocable(google(&rig.mock)?))?;
        let id = rig.connect(&owner).await?.id;
        ensure!(without.disconnect(&owner, id).await? == Disconnected::Unsupported);
        ensure!(rig.store.read(id).await?.is_none() && rig.mock.count_of(Endpoint::Revoke) == 0);

        let json = json!({ "error": "unsupported_token_type" });
        rig.mock.fault(Endpoint::Revoke, Fault::Answer { status: 400, json }).once();
        let id = rig.connect(&owner).await?.id;
        ensure!(rig.bailee.disconnect(&owner, id).await? == Disconnected::Unsupported);
        ensure!(rig.store.read(id).await?.is_none() && rig.mock.count_of(Endpoint::Revoke) == 1);

        let keyless = builder(&rig.store, &key_ring()?, google(&rig.mock)?)?.build()?;
        let id = rig.connect(&owner).await?.id;
        ensure!(keyless.disconnect(&owner, id).await? == Disconnected::Failed);
        ensure!(rig.store.read(id).await?.is_none() && rig.mock.count_of(Endpoint::Revoke) == 1);

        for host in [&without, &rig.bailee, &keyless] {
            ensure!(host.disconnect(&owner, "google").await? == Disconnected::None);
            let left = host.tick().await.context("the outbox")?;
            ensure!((left.done, left.postponed) == (0, 0), "{left:?}");
        }
        Ok(())
    })
    .await
}
