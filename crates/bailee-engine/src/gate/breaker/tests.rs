use super::*;

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A breaker that so many failures were told, one in each second.
fn after_failures(failures: u32) -> Breaker {
    let mut breaker = Breaker::new(secs(0));
    for second in 0..failures {
        assert_eq!(breaker.admit(secs(second.into())), Ok(false));
        breaker.heard(false, Said::Failed(None), secs(second.into()), 1.0);
    }
    breaker
}

#[test]
fn it_opens_after_ten_failures_and_not_before() {
    assert_eq!(after_failures(9).refuses(secs(9)), None);
    let open = after_failures(10);
    assert_eq!(open.refuses(secs(9)), Some(Refused { cause: Cause::Failing, retry_after: secs(5) }));
    assert_eq!(open.refuses(secs(14)), None);
}

#[test]
fn a_provider_that_answers_most_requests_is_not_down() {
    let mut breaker = Breaker::new(secs(0));
    for second in 0..40 {
        for _ in 0..3 {
            breaker.heard(false, Said::Works, secs(second), 1.0);
        }
        breaker.heard(false, Said::Failed(None), secs(second), 1.0);
    }
    assert_eq!(breaker.refuses(secs(40)), None);
}

#[test]
fn failures_of_the_past_are_forgotten() {
    let mut breaker = after_failures(9);
    assert_eq!(breaker.heard(false, Said::Failed(None), secs(70), 1.0), None);
    assert_eq!(breaker.refuses(secs(70)), None);
}

#[test]
fn one_probe_is_let_through_and_its_answer_decides() {
    let mut breaker = after_failures(10);
    assert_eq!(breaker.admit(secs(14)), Ok(true));
    let refused = Err(Refused { cause: Cause::Failing, retry_after: secs(1) });
    assert_eq!(breaker.admit(secs(14)), refused, "one at a time");
    assert_eq!(
        breaker.heard(false, Said::Works, secs(14), 1.0),
        None,
        "an answer from before decides nothing"
    );
    assert_eq!(breaker.admit(secs(15)), refused);
    assert_eq!(breaker.heard(true, Said::Works, secs(15), 1.0), Some(Change::Closed));
    assert_eq!(breaker.admit(secs(15)), Ok(false));
}

#[test]
fn the_pauses_grow_and_never_beyond_a_minute() {
    let mut breaker = after_failures(10);
    let mut at = secs(9);
    for pause in [5, 10, 20, 40, 60, 60, 60] {
        let refused = breaker.refuses(at).map(|refused| refused.retry_after);
        assert_eq!(refused, Some(secs(pause)));
        at += secs(pause);
        assert_eq!(breaker.admit(at), Ok(true));
        breaker.heard(true, Said::Failed(None), at, 1.0);
    }
}

#[test]
fn many_processes_do_not_ask_at_the_same_moment() {
    let mut breaker = after_failures(9);
    breaker.heard(false, Said::Failed(None), secs(9), 0.0);
    let refused = breaker.refuses(secs(9)).map(|refused| refused.retry_after);
    assert_eq!(refused, Some(Duration::from_millis(2_500)), "between half and the whole of the pause");
}

#[test]
fn a_probe_that_asked_nothing_leaves_its_turn_to_the_next() {
    let mut breaker = after_failures(10);
    assert_eq!(breaker.admit(secs(14)), Ok(true));
    breaker.unheard();
    assert_eq!(breaker.admit(secs(14)), Ok(true));
    breaker.heard(true, Said::Nothing, secs(14), 1.0);
    assert_eq!(breaker.admit(secs(14)), Ok(true));
}

#[test]
fn a_client_that_is_refused_opens_it_at_once_or_at_the_third_time_if_it_worked_before() {
    let mut breaker = Breaker::new(secs(0));
    let opened = breaker.heard(false, Said::NotThisClient, secs(0), 1.0);
    assert_eq!(opened, Some(Change::Opened(Cause::Client)));
    let mut works = Breaker::new(secs(0));
    works.heard(false, Said::Works, secs(0), 1.0);
    for _ in 0..2 {
        assert_eq!(works.heard(false, Said::NotThisClient, secs(1), 1.0), None);
    }
    works.heard(false, Said::Works, secs(1), 1.0);
    for _ in 0..2 {
        assert_eq!(works.heard(false, Said::NotThisClient, secs(1), 1.0), None);
    }
    assert_eq!(works.heard(false, Said::NotThisClient, secs(2), 1.0), Some(Change::Opened(Cause::Client)));
}

#[test]
fn answers_about_one_grant_never_open_it() {
    let about_the_grant = [
        ProviderError::AlreadyDone,
        ProviderError::Denied,
        ProviderError::GrantRevoked { reason: "invalid_grant" },
        ProviderError::MissingGrant { scopes: bailee_core::OAuthScopes::default() },
        ProviderError::Rejected { status: 400, code: "other" },
        ProviderError::TokenRejected,
    ];
    let mut breaker = Breaker::new(secs(0));
    for error in about_the_grant.into_iter().cycle().take(100) {
        assert_eq!(breaker.heard(false, Said::of::<()>(&Err(error)), secs(0), 1.0), None);
    }
    assert_eq!(breaker.refuses(secs(0)), None);
}

#[test]
fn the_time_that_a_provider_names_is_kept_to_for_a_quarter_of_an_hour_at_most() {
    let mut breaker = Breaker::new(secs(0));
    breaker.heard(false, Said::Wait(secs(120)), secs(0), 1.0);
    assert_eq!(breaker.refuses(secs(119)), Some(Refused { cause: Cause::Limited, retry_after: secs(1) }));
    breaker.heard(false, Said::Wait(secs(86_400)), secs(1), 1.0);
    assert_eq!(breaker.refuses(secs(1)).map(|refused| refused.retry_after), Some(secs(900)));
    assert_eq!(breaker.admit(secs(901)), Ok(true));
    breaker.heard(true, Said::Failed(Some(secs(600))), secs(901), 1.0);
    assert_eq!(breaker.refuses(secs(901)).map(|refused| refused.retry_after), Some(secs(600)));
}

#[test]
fn a_storm_is_repeated_by_a_tenth_and_a_little_more() {
    let mut breaker = Breaker::new(secs(0));
    for _ in 0..100 {
        breaker.heard(false, Said::Works, secs(0), 1.0);
    }
    let repeated = (0..100).filter(|_| breaker.may_retry(secs(0))).count();
    assert_eq!(repeated, 15);
    assert!(breaker.may_retry(secs(61)), "a minute later it is as new");
}
