use bailee_core::InvalidId;

use super::*;

fn asker(user: &str) -> Result<Asker, InvalidId> {
    Ok(Asker::from(&Owner::user(user)?))
}

fn key(user: &str) -> Result<Bucket, InvalidId> {
    Ok((asker(user)?, Counted::Asked(Limit::Connects)).into())
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(1_000 + seconds)
}

#[test]
fn a_minutes_worth_passes_at_once_and_then_one_at_a_time() -> Result<(), InvalidId> {
    let mut buckets = Buckets::new(10);
    for _ in 0..6 {
        assert_eq!(buckets.take(key("u")?, 6, at(0)), Ok(()));
    }
    assert_eq!(buckets.take(key("u")?, 6, at(0)), Err(Duration::from_secs(10)));
    assert_eq!(buckets.take(key("u")?, 6, at(4)), Err(Duration::from_secs(6)), "a refusal costs nothing");
    assert_eq!(buckets.take(key("u")?, 6, at(10)), Ok(()));
    assert_eq!(buckets.take(key("u")?, 6, at(10)), Err(Duration::from_secs(10)));
    Ok(())
}

#[test]
fn zero_refuses_all_and_the_greatest_number_nothing() -> Result<(), InvalidId> {
    let quota =
        Quota::new(Limits { tests_per_minute: 0, connects_per_minute: u32::MAX, ..Limits::default() });
    let refused = Limited { limit: Limit::Tests, retry_after: MINUTE };
    assert_eq!(quota.take(&asker("u")?, Limit::Tests, at(0)), Err(refused));
    for _ in 0..10_000 {
        assert_eq!(quota.take(&asker("u")?, Limit::Connects, at(0)), Ok(()));
    }
    Ok(())
}

#[test]
fn one_limit_of_one_owner_takes_nothing_from_another() -> Result<(), InvalidId> {
    let quota = Quota::new(Limits { tests_per_minute: 1, validates_per_minute: 1, ..Limits::default() });
    assert!(quota.take(&asker("u")?, Limit::Tests, at(0)).is_ok());
    assert!(quota.take(&asker("u")?, Limit::Tests, at(0)).is_err());
    assert!(quota.take(&asker("u")?, Limit::Validates, at(0)).is_ok());
    assert!(quota.take(&asker("other")?, Limit::Tests, at(0)).is_ok());
    Ok(())
}

#[test]
fn a_full_bucket_is_forgotten() -> Result<(), InvalidId> {
    let mut buckets = Buckets::new(1_000);
    for user in 0..100 {
        assert_eq!(buckets.take(key(&format!("u{user}"))?, 60, at(0)), Ok(()));
    }
    for _ in 0..100 {
        assert_eq!(buckets.take(key("later")?, 1_000, at(2)), Ok(()));
    }
    assert_eq!((buckets.full_at.len(), buckets.order.len()), (1, 1));
    Ok(())
}

#[test]
fn no_crowd_of_owners_frees_the_one_who_asked_for_too_much() -> Result<(), InvalidId> {
    let mut buckets = Buckets::new(50);
    for _ in 0..60 {
        assert_eq!(buckets.take(key("greedy")?, 60, at(0)), Ok(()));
    }
    for user in 0..10_000 {
        assert_eq!(buckets.take(key(&format!("u{user}"))?, 60, at(0)), Ok(()), "nobody is shut out");
    }
    assert_eq!((buckets.full_at.len(), buckets.order.len()), (50, 50), "it does not grow");
    assert_eq!(buckets.take(key("greedy")?, 60, at(0)), Err(Duration::from_secs(1)));
    Ok(())
}

#[test]
fn a_call_that_ends_makes_room_for_another() -> Result<(), InvalidId> {
    let quota = Quota::new(Limits { concurrent_tool_calls: 2, ..Limits::default() });
    let first = quota.enter(asker("u")?);
    let second = quota.enter(asker("u")?);
    assert!(first.is_ok() && second.is_ok());
    assert!(quota.enter(asker("u")?).is_err());
    assert!(quota.enter(asker("other")?).is_ok(), "others have their own");
    drop(first);
    assert!(quota.enter(asker("u")?).is_ok());
    drop(second);
    assert!(lock(&quota.under_way).is_empty(), "nobody is remembered who calls nothing");
    Ok(())
}

#[test]
fn a_minute_of_refusals_is_told_once() -> Result<(), InvalidId> {
    let quota = Quota::new(Limits::default());
    let told: Vec<bool> = [0, 1, 59, 60, 61]
        .into_iter()
        .map(|second| Ok(quota.tell(&asker("u")?, Limit::ToolCalls, at(second))))
        .collect::<Result<_, InvalidId>>()?;
    assert_eq!(told, [true, false, false, true, false]);
    Ok(())
}
