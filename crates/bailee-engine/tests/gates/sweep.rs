use std::time::Duration;

use anyhow::ensure;
use bailee_core::ProviderError;

use crate::{
    provider::{LIFETIME, Mood},
    rig::Rig,
};

/// So many expire in the same moment. At one turn in a second: a host that runs the worker is faster.
const TOKENS: usize = 3_000;

/// One turn of the worker, and all that it began.
async fn turn(rig: &Rig) -> anyhow::Result<u32> {
    let tick = rig.bailee.tick().await?;
    rig.until_idle().await;
    Ok(tick.refreshes)
}

#[tokio::test]
async fn a_row_that_always_fails_costs_one_request_an_hour() -> anyhow::Result<()> {
    for poison in [
        ProviderError::Rejected { status: 400, code: "invalid_scope" },
        ProviderError::Unavailable { retry_after: None },
        ProviderError::Malformed { problem: "nonsense" },
    ] {
        let rig = Rig::new()?;
        rig.users(&rig.ill, 1, LIFETIME).await?;
        rig.ill.set(Mood::Fails(poison.clone()));
        let mut first_half = 0;
        for minute in 0..48 * 60 {
            if minute == 24 * 60 {
                first_half = rig.ill.seen().all;
            }
            turn(&rig).await?;
            rig.clock.advance(Duration::from_mins(1));
        }
        let all = rig.ill.seen().all;
        ensure!((20..=36).contains(&first_half), "{poison}: {first_half} on the first day");
        ensure!((22..=25).contains(&(all - first_half)), "{poison}: {} on the next", all - first_half);
    }
    Ok(())
}

#[tokio::test]
async fn thousands_of_tokens_that_expire_together_are_renewed_in_time_and_spread() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.users(&rig.ill, 3_000, LIFETIME).await?;
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_secs(361)));
    ensure!(turn(&rig).await? == 0, "too early");
    let (mut seconds, mut half) = (0, 0);
    while rig.ill.seen().all < TOKENS {
        ensure!(seconds < 361, "{} were renewed in time", rig.ill.seen().all);
        if rig.ill.seen().all < TOKENS / 2 {
            half = seconds;
        }
        turn(&rig).await?;
        rig.clock.advance(Duration::from_secs(1));
        seconds += 1;
    }
    ensure!(half > 25, "half of them within {half} seconds");
    ensure!(rig.ill.seen().most <= 64, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_down_keeps_the_worker_from_no_other() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.users(&rig.ill, 500, LIFETIME).await?;
    rig.users(&rig.well, 100, LIFETIME + Duration::from_secs(1)).await?;
    rig.ill.set(Mood::Fails(ProviderError::Unavailable { retry_after: None }));
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_secs(30)));
    for _ in 0..4 {
        turn(&rig).await?;
    }
    ensure!(rig.well.seen().all == 100, "{:?}", rig.well.seen());
    ensure!(rig.ill.seen().all <= 50, "{:?}", rig.ill.seen());
    Ok(())
}
