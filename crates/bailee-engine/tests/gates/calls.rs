use std::time::Duration;

use anyhow::ensure;
use bailee_core::ProviderError;
use bailee_engine::ToolError;

use crate::{
    provider::{LIFETIME, Mood},
    rig::Rig,
};

const DOWN: ProviderError = ProviderError::Unavailable { retry_after: None };

fn limited(seconds: u64) -> ProviderError {
    ProviderError::RateLimited { retry_after: Some(Duration::from_secs(seconds)) }
}

/// A host whose users have tokens that live, and the first two of them.
macro_rules! connected {
    ($rig:ident, $first:ident, $second:ident) => {
        let $rig = Rig::new()?;
        let users = $rig.users(&$rig.ill, 2, LIFETIME).await?;
        let [$first, $second] = users.as_slice() else { anyhow::bail!("two users") };
    };
}

#[tokio::test]
async fn a_call_that_reads_is_tried_three_times() -> anyhow::Result<()> {
    connected!(rig, owner, _other);
    rig.ill.fail_next([DOWN, ProviderError::OutcomeUnknown]);
    rig.call(owner, "read_ill").await??;
    ensure!(rig.ill.seen().all == 3, "{:?}", rig.ill.seen());

    rig.ill.set(Mood::Fails(DOWN));
    ensure!(rig.call(owner, "read_ill").await?.err() == Some(ToolError::Provider(DOWN)));
    ensure!(rig.ill.seen().all == 6, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn a_call_that_writes_is_sent_once() -> anyhow::Result<()> {
    connected!(rig, owner, _other);
    rig.ill.fail_next([DOWN]);
    ensure!(rig.call(owner, "write_ill").await?.err() == Some(ToolError::Provider(DOWN)));
    ensure!(rig.ill.seen().all == 1, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() -> anyhow::Result<()> {
    connected!(rig, owner, _other);
    let refusal = ProviderError::Rejected { status: 400, code: "other" };
    rig.ill.fail_next([refusal.clone()]);
    ensure!(rig.call(owner, "read_ill").await?.err() == Some(ToolError::Provider(refusal)));
    ensure!(rig.ill.seen().all == 1, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn a_wait_that_fits_is_waited_and_one_that_does_not_is_told() -> anyhow::Result<()> {
    connected!(rig, owner, other);
    rig.ill.fail_next([limited(60)]);
    let told = rig.call(owner, "read_ill").await?;
    ensure!(told.err() == Some(ToolError::Provider(limited(60))), "longer than a call may take");
    ensure!(rig.ill.seen().all == 1, "{:?}", rig.ill.seen());

    let before = rig.now();
    rig.ill.fail_next([DOWN_FOR_TEN]);
    rig.call(other, "read_ill").await??;
    ensure!(rig.now() >= before + Duration::from_secs(10), "the provider said so");
    Ok(())
}

const DOWN_FOR_TEN: ProviderError = ProviderError::Unavailable { retry_after: Some(Duration::from_secs(10)) };

#[tokio::test]
async fn an_account_that_used_up_its_calls_waits_alone() -> anyhow::Result<()> {
    connected!(rig, owner, other);
    rig.ill.fail_next([limited(60)]);
    ensure!(rig.call(owner, "write_ill").await?.is_err());
    let error = rig.call(owner, "write_ill").await?.err();
    ensure!(matches!(error, Some(ToolError::Provider(ProviderError::RateLimited { .. }))), "{error:?}");
    ensure!(rig.ill.seen().all == 1, "its next call is not sent");
    rig.call(other, "write_ill").await??;
    rig.clock.advance(Duration::from_mins(1));
    rig.call(owner, "write_ill").await??;
    Ok(())
}

#[tokio::test]
async fn a_storm_of_failing_calls_is_not_made_three_of_it() -> anyhow::Result<()> {
    connected!(rig, owner, _other);
    rig.ill.set(Mood::Fails(DOWN));
    for _ in 0..100 {
        ensure!(rig.call(owner, "read_ill").await?.is_err());
        ensure!(rig.bailee.gates().iter().all(|gate| gate.in_flight == 0), "a place was not given back");
    }
    let seen = rig.ill.seen();
    ensure!(seen.all < 20, "{seen:?}");
    Ok(())
}

#[tokio::test]
async fn tokens_are_refreshed_although_calls_fail() -> anyhow::Result<()> {
    connected!(rig, owner, _other);
    rig.ill.set(Mood::Fails(DOWN));
    for _ in 0..10 {
        ensure!(rig.call(owner, "write_ill").await?.is_err());
    }
    rig.ill.set(Mood::Works);
    ensure!(rig.call(owner, "write_ill").await?.is_err(), "what calls go to is left alone");
    // A refresh, as nothing that is there lives as long.
    rig.bailee.token_for(owner, "ill", LIFETIME * 2).await?;
    ensure!(rig.ill.seen().all == 11, "{:?}", rig.ill.seen());
    Ok(())
}
