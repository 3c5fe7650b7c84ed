use std::time::Duration;

use anyhow::ensure;
use bailee_core::{ExposeSecret as _, Owner, ProviderError};
use bailee_engine::{GateStanding, Live, TokenError};
use futures_util::future::join_all;
use tokio::task::JoinHandle;

use crate::{
    provider::{LIFETIME, Mood},
    rig::Rig,
};

const DOWN: ProviderError = ProviderError::Unavailable { retry_after: None };

/// A caller in a task of its own.
fn ask(rig: &Rig, owner: &Owner, provider: &'static str) -> JoinHandle<Result<Live, TokenError>> {
    let (bailee, owner) = (rig.bailee.clone(), owner.clone());
    tokio::spawn(async move { bailee.token(&owner, provider).await })
}

fn wait(answer: Result<Live, TokenError>) -> Option<Duration> {
    answer.err().and_then(|error| error.retry_after())
}

#[tokio::test]
async fn ten_thousand_callers_of_a_provider_that_hangs_hold_up_no_other() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 500, Duration::ZERO).await?;
    let lucky = rig.users(&rig.well, 100, Duration::ZERO).await?;
    rig.ill.set(Mood::Hangs);
    let callers: Vec<_> = owners.iter().cycle().take(10_000).map(|owner| ask(&rig, owner, "ill")).collect();
    rig.ill.until_asked(64).await;

    for owner in &lucky {
        rig.bailee.token(owner, "well").await?;
    }
    ensure!(rig.well.seen().all == 100, "all of them, in no time at all");
    let gates = rig.bailee.gates();
    let hung = gates.iter().find(|gate| gate.provider.as_str() == "ill").map(|gate| gate.in_flight);
    ensure!(hung == Some(64), "{hung:?} under way");

    rig.clock.advance(Duration::from_secs(15));
    for caller in callers {
        let answer = caller.await?;
        ensure!(answer.as_ref().is_err_and(TokenError::is_temporary), "{:?}", answer.err());
    }
    let seen = rig.ill.seen();
    ensure!(seen.all == 64 && seen.most == 64, "{seen:?}: the others are not sent after them");
    Ok(())
}

#[tokio::test]
async fn a_storm_of_failures_is_ten_requests_and_costs_the_other_rows_nothing() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 100, Duration::ZERO).await?;
    rig.ill.set(Mood::Fails(DOWN));
    for owner in &owners {
        let wait = wait(rig.bailee.token(owner, "ill").await);
        ensure!(wait.is_some(), "when to come again");
    }
    ensure!(rig.ill.seen().all == 10, "{:?}", rig.ill.seen());
    for owner in owners.iter().skip(10) {
        let row = rig.credential(owner, "ill").await?;
        ensure!(row.refresh_failures == 0 && row.lease_epoch == row.secret_epoch, "{row:?}");
    }
    Ok(())
}

#[tokio::test]
async fn one_probe_at_a_time_finds_out_that_a_provider_is_back() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 60, Duration::ZERO).await?;
    rig.ill.set(Mood::Fails(DOWN));
    for owner in owners.iter().take(10) {
        ensure!(rig.bailee.token(owner, "ill").await.is_err());
    }
    let closed = |standing| matches!(standing, GateStanding::Open { .. });
    ensure!(rig.bailee.gates().iter().any(|gate| closed(gate.standing)));

    rig.clock.advance(Duration::from_secs(5));
    rig.ill.set(Mood::Hangs);
    let probe = ask(&rig, owners.last().ok_or_else(|| anyhow::anyhow!("nobody"))?, "ill");
    rig.ill.until_asked(1).await;
    let others = join_all(owners.iter().skip(10).take(40).map(|owner| ask(&rig, owner, "ill"))).await;
    for other in others {
        ensure!(wait(other?) == Some(Duration::from_secs(1)), "somebody is finding out");
    }
    ensure!(rig.ill.seen().all == 11, "{:?}", rig.ill.seen());

    rig.ill.set(Mood::Works);
    probe.await??;
    for owner in owners.iter().skip(10) {
        rig.bailee.token(owner, "ill").await?;
    }
    ensure!(rig.bailee.gates().iter().all(|gate| gate.standing == GateStanding::Closed));
    Ok(())
}

#[tokio::test]
async fn the_callers_of_the_row_that_is_the_probe_all_have_its_token() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 11, Duration::ZERO).await?;
    rig.ill.set(Mood::Fails(DOWN));
    for owner in owners.iter().take(10) {
        ensure!(rig.bailee.token(owner, "ill").await.is_err());
    }
    rig.clock.advance(Duration::from_secs(5));
    rig.ill.set(Mood::Works);
    let last = owners.last().ok_or_else(|| anyhow::anyhow!("nobody"))?;
    for caller in join_all((0..50).map(|_| ask(&rig, last, "ill"))).await {
        caller??;
    }
    ensure!(rig.ill.seen().all == 11, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn who_waits_for_another_holder_keeps_nobody_from_being_the_probe() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 12, Duration::ZERO).await?;
    rig.ill.set(Mood::Fails(DOWN));
    for owner in owners.iter().take(10) {
        ensure!(rig.bailee.token(owner, "ill").await.is_err());
    }
    rig.clock.advance(Duration::from_secs(5));
    rig.ill.set(Mood::Works);
    let [.., waiting, free] = owners.as_slice() else { anyhow::bail!("twelve users") };
    rig.lease(waiting, "ill").await?;
    let caller = ask(&rig, waiting, "ill");
    rig.clock.until_asleep(2).await;
    rig.bailee.token(free, "ill").await?;
    ensure!(rig.ill.seen().all == 11, "{:?}", rig.ill.seen());
    ensure!(!caller.is_finished());
    Ok(())
}

#[tokio::test]
async fn a_retry_after_holds_for_every_row_of_the_client_and_tokens_that_live_are_served()
-> anyhow::Result<()> {
    let rig = Rig::new()?;
    let expired = rig.users(&rig.ill, 2, Duration::ZERO).await?;
    let wish = Some(Duration::from_mins(2));
    rig.ill.fail_next([ProviderError::RateLimited { retry_after: wish }]);
    let [first, second] = expired.as_slice() else { anyhow::bail!("two users") };
    ensure!(wait(rig.bailee.token(first, "ill").await) == wish);

    rig.clock.advance(Duration::from_mins(1));
    let left = wait(rig.bailee.token(second, "ill").await);
    ensure!(left == Some(Duration::from_mins(1)), "{left:?}");
    ensure!(rig.ill.seen().all == 1, "no request before the time that the provider named");

    rig.clock.advance(Duration::from_mins(1));
    rig.bailee.token(second, "ill").await?;
    rig.bailee.token(first, "ill").await?;
    Ok(())
}

#[tokio::test]
async fn a_token_that_lives_is_served_while_its_provider_is_left_alone() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 12, LIFETIME).await?;
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_secs(20)));
    rig.ill.set(Mood::Fails(DOWN));
    for owner in &owners {
        let live = rig.bailee.token(owner, "ill").await?;
        ensure!(live.token().expose_secret() == "old");
    }
    ensure!(rig.ill.seen().all == 10, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn a_client_that_is_refused_is_not_presented_again_by_every_row() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    let owners = rig.users(&rig.ill, 20, Duration::ZERO).await?;
    rig.ill.set(Mood::Fails(ProviderError::Client));
    for owner in &owners {
        ensure!(rig.bailee.token(owner, "ill").await.err() == Some(TokenError::Config));
    }
    ensure!(rig.ill.seen().all == 1, "{:?}", rig.ill.seen());
    rig.ill.set(Mood::Works);
    rig.clock.advance(Duration::from_secs(5));
    rig.bailee.token(owners.last().ok_or_else(|| anyhow::anyhow!("nobody"))?, "ill").await?;
    Ok(())
}
