use std::time::Duration;

use anyhow::ensure;
use bailee_core::{Owner, ProviderError};
use bailee_engine::Limits;

use crate::{
    provider::{LIFETIME, Mood},
    rig::{Rig, until_idle},
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
        rig.clock.advance(Duration::from_secs(1));
    }
    ensure!(rig.well.seen().all == 100, "{:?}", rig.well.seen());
    ensure!(rig.ill.seen().all <= 50, "{:?}", rig.ill.seen());
    Ok(())
}

/// A host whose worker begins five refreshes a second, and users whose tokens are about to expire.
async fn five_a_second(users: u16) -> anyhow::Result<(Rig, Vec<Owner>)> {
    let rig = Rig::with(Limits { refreshes_ahead_per_second: 5, ..Limits::default() })?;
    let owners = rig.users(&rig.ill, users, LIFETIME).await?;
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_mins(2)));
    Ok((rig, owners))
}

#[tokio::test]
async fn refreshes_ahead_come_no_faster_than_their_limit_and_all_of_them_come() -> anyhow::Result<()> {
    let (rig, _) = five_a_second(12).await?;
    let (mut begun, mut hasty) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        let tick = rig.bailee.tick().await?;
        rig.until_idle().await;
        begun.push(tick.refreshes);
        hasty.push(tick.more);
        rig.clock.advance(Duration::from_millis(100));
    }
    let seconds: Vec<u32> = begun.chunks(10).map(|second| second.iter().sum()).collect();
    ensure!(seconds == [5, 5, 2], "{begun:?}");
    ensure!(hasty.iter().take(20).all(|more| *more), "the next turn is to come soon: {hasty:?}");
    ensure!(rig.ill.seen().all == 12, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn callers_of_tokens_that_still_live_are_served_and_outrun_no_limit() -> anyhow::Result<()> {
    let (rig, owners) = five_a_second(40).await?;
    for owner in &owners {
        rig.bailee.token(owner, "ill").await?;
    }
    rig.until_idle().await;
    ensure!(rig.ill.seen().all == 5, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn callers_who_need_a_refresh_wait_for_no_limit_of_those_ahead() -> anyhow::Result<()> {
    let (rig, owners) = five_a_second(40).await?;
    turn(&rig).await?;
    rig.clock.advance(Duration::from_mins(3));
    for owner in &owners {
        ensure!(rig.bailee.token(owner, "ill").await?.expires_at().is_some());
    }
    ensure!(rig.ill.seen().all == 40, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn processes_that_look_at_once_do_not_go_for_the_same_rows() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.users(&rig.ill, 400, LIFETIME).await?;
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_mins(2)));
    let (one, other) = (rig.another(1)?, rig.another(2)?);
    let (first, second) = tokio::join!(one.tick(), other.tick());
    let begun = first?.refreshes + second?.refreshes;
    rig.in_time(async { tokio::join!(until_idle(&one), until_idle(&other)) }).await;
    ensure!(begun == 64, "{begun}");
    // Of the same rows there would be one request each.
    ensure!(rig.ill.seen().all > 32, "{:?}", rig.ill.seen());
    Ok(())
}

#[tokio::test]
async fn while_refreshes_ahead_hang_half_of_the_places_are_left_to_callers() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.users(&rig.ill, 40, LIFETIME).await?;
    rig.ill.set(Mood::Hangs);
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_mins(2)));
    ensure!(rig.bailee.tick().await?.refreshes == 32);
    rig.ill.until_asked(32).await;
    let (bailee, late) = (rig.bailee.clone(), rig.user(&rig.ill, 40, Duration::ZERO).await?);
    let caller = tokio::spawn(async move { bailee.token(&late, "ill").await });
    rig.ill.until_asked(33).await;
    rig.ill.set(Mood::Works);
    caller.await??;
    Ok(())
}

#[tokio::test]
async fn a_worker_that_asks_too_often_finds_the_pace_that_its_provider_takes() -> anyhow::Result<()> {
    let rig = Rig::new()?;
    rig.users(&rig.ill, 1_500, LIFETIME).await?;
    rig.clock.advance(LIFETIME.saturating_sub(Duration::from_mins(4)));
    let (mut refused, mut late) = (0, 0);
    for second in 0..200 {
        // Eight a second are fine.
        rig.ill.limit(8);
        turn(&rig).await?;
        let over = rig.ill.seen().refused - refused;
        refused += over;
        late += if second < 20 { 0 } else { over };
        rig.clock.advance(Duration::from_secs(1));
    }
    let seen = rig.ill.seen();
    ensure!(seen.all - seen.refused > 700, "{seen:?}");
    ensure!(late < 100, "{late} too many: {seen:?}");
    Ok(())
}
