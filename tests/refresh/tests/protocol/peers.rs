//! What one process does while another one refreshes.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use bailee_core::{Clock as _, ExposeSecret as _};
use bailee_engine::{Bailee, Disconnected, Live, SystemClock, TokenError};
use bailee_testkit::mock_provider::{Endpoint, Fault, Gate};
use futures_util::future::try_join_all;
use refresh_tests::{Pace, Replay, Step, ask};
use test_support::{Engine, each_of};
use tokio::task::JoinHandle;

use crate::{
    process::start_all,
    rig::{Rig, on_each_at_once, until},
};

type Caller = JoinHandle<Result<Live, TokenError>>;

fn caller(rig: &Rig, bailee: &Bailee) -> Caller {
    let (bailee, owner) = (bailee.clone(), rig.owner.clone());
    tokio::spawn(async move { bailee.token(&owner, "google").await })
}

/// A caller in another host, whose refresh the provider has carried out and does not answer before the gate opens.
async fn refresh_in_flight(rig: &Rig) -> anyhow::Result<(Gate, Caller)> {
    let gate = Gate::new();
    rig.mock.fault(Endpoint::Token, Fault::HoldAnswer(gate.clone())).once();
    let caller = caller(rig, &rig.host().await?);
    gate.until_waiting(1).await;
    Ok((gate, caller))
}

/// The refresh token that the newest refresh presented.
fn presented(rig: &Rig) -> Option<String> {
    let requests = rig.mock.requests();
    requests.iter().rev().find_map(|request| request.form("refresh_token").map(str::to_owned))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_whose_caller_went_away_is_saved_for_all() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let (gate, caller) = refresh_in_flight(&rig).await?;
        caller.abort();
        ensure!(caller.await.is_err_and(|error| error.is_cancelled()));
        gate.open();
        let live = rig.host().await?.token(&rig.owner, "google").await?;
        ensure!(rig.mock.is_live(live.token().expose_secret()));
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_of_a_peer_is_the_answer_to_an_invalid_grant() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let (late, mut halt) = rig.host_standing(Step::Sending).await?;
        let late = caller(&rig, &late);
        halt.until_reached().await;
        rig.lapse().await?;
        let peer = rig.host().await?.token(&rig.owner, "google").await?;
        rig.mock.fault(Endpoint::Token, Fault::Error("invalid_grant".to_owned())).once();
        halt.release();
        let late = late.await??;
        ensure!(rig.refreshes() == 2, "{} refreshes", rig.refreshes());
        ensure!(late.token().expose_secret() == peer.token().expose_secret());
        ensure!(rig.mock.is_live(late.token().expose_secret()));
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invalid_grant_waits_for_what_the_holder_before_may_still_write() -> anyhow::Result<()> {
    on_each_at_once(&[()], async |database, ()| {
        let mut rig = Rig::new(database, Replay::Static).await?;
        rig.orders.pace = Pace::Settling;
        rig.expired().await?;
        let (slow, mut halt) = rig.host_standing(Step::Saving).await?;
        let slow = caller(&rig, &slow);
        halt.until_reached().await;
        rig.lapse().await?;
        rig.mock.fault(Endpoint::Token, Fault::Error("invalid_grant".to_owned())).once();
        let refused = caller(&rig, &rig.host().await?);
        until(async || Ok(rig.refreshes() == 2)).await?;
        // It settles now; a verdict would fall within this time where it did not.
        let clock = SystemClock::new();
        while clock.monotonic() < Duration::from_secs(1) {
            rig.ensure_never_dead().await?;
            clock.sleep(Duration::from_millis(50)).await;
        }
        halt.release();
        let (slow, refused) = (slow.await??, refused.await??);
        ensure!(slow.token().expose_secret() == refused.token().expose_secret());
        ensure!(rig.mock.is_live(refused.token().expose_secret()));
        rig.ensure_never_dead().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_was_taken_away_is_declared_dead_once_though_eight_processes_ask() -> anyhow::Result<()>
{
    each_of(&Engine::SHARED, async |database| {
        let mut rig = Rig::new(database, Replay::Strict).await?;
        rig.orders.pace = Pace::Short;
        rig.expired().await?;
        rig.mock.revoke_by_user("ada@example.test");
        let mut processes = start_all(&rig.orders, 8).await?;
        let answers = try_join_all(processes.iter_mut().map(|process| process.ask("u1", 5))).await?;
        for one in &answers {
            let revoked = [("needs_reconnect: revoked".to_owned(), 5)].into();
            ensure!(one.failures == revoked, "{one:?}");
        }
        ensure!(rig.column("version").await? == 2, "it is declared dead once");
        ensure!(rig.refreshes() == 1, "{} refreshes", rig.refreshes());
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_that_an_answer_leaves_out_is_kept_for_the_next_process() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Static).await?;
        rig.expired().await?;
        let mut used = Vec::new();
        for _ in 0..3 {
            let answers = ask(&rig.host().await?, "u1", 3).await?;
            ensure!(answers.failures.is_empty(), "{:?}", answers.failures);
            ensure!(answers.tokens.iter().all(|token| rig.mock.is_live(token)));
            used.push(presented(&rig).context("a refresh")?);
            rig.expire().await?;
        }
        ensure!(rig.refreshes() == 3, "{} refreshes", rig.refreshes());
        used.dedup();
        ensure!(used.len() == 1, "a refresh token was lost");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_waits_for_the_refresh_of_another_process_and_ends_what_it_brought() -> anyhow::Result<()>
{
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        let integration = rig.expired().await?;
        let (gate, caller) = refresh_in_flight(&rig).await?;
        let old = presented(&rig).context("a refresh")?;
        let (other, owner) = (rig.host().await?, rig.owner.clone());
        let disconnect = tokio::spawn(async move { other.disconnect(&owner, integration.id).await });
        until(async || Ok(rig.bailee.integration(&rig.owner, integration.id).await?.is_none())).await?;
        gate.open();
        ensure!(disconnect.await?? == Disconnected::Revoked);
        ensure!(caller.await?.err() == Some(TokenError::NotConnected), "a disconnected token was handed out");

        let requests = rig.mock.requests();
        let revoked: Vec<_> = requests.iter().filter(|request| request.path == "/revoke").collect();
        ensure!(revoked.len() == 1, "{} revocations", revoked.len());
        ensure!(revoked.iter().all(|request| request.form("token").is_some_and(|token| token != old)));
        ensure!((rig.mock.live_grants(), rig.mock.live_access_tokens()) == (0, 0));
        ensure!(rig.raw.count("SELECT COUNT(*) FROM user_integrations").await? == 0);
        ensure!(rig.raw.count("SELECT COUNT(*) FROM outbox").await? == 0);
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reconnect_wins_over_the_refresh_of_another_process() -> anyhow::Result<()> {
    each_of(&Engine::SHARED, async |database| {
        let rig = Rig::new(database, Replay::Strict).await?;
        rig.expired().await?;
        let (gate, caller) = refresh_in_flight(&rig).await?;
        rig.connect(&rig.owner).await?;
        let (reconnected, epoch) =
            (rig.bailee.token(&rig.owner, "google").await?, rig.column("secret_epoch").await?);
        gate.open();
        let served = caller.await??;
        ensure!(served.token().expose_secret() == reconnected.token().expose_secret());
        ensure!(rig.mock.is_live(served.token().expose_secret()));
        ensure!(rig.column("secret_epoch").await? == epoch, "the refresh was written over the new grant");
        ensure!(rig.mock.count("/revoke", None) == 0, "a revocation may end the new grant too");
        let newest = rig.host().await?.token(&rig.owner, "google").await?;
        ensure!(newest.token().expose_secret() == reconnected.token().expose_secret());
        Ok(())
    })
    .await
}
