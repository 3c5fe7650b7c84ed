#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{
    Owner, ToolName,
    store::{CallKey, CallState},
};
use futures_util::future::join_all;

use super::{
    Stores,
    owner::lookalikes,
    sample::{self, HOUR},
};
use crate::suite::SuiteResult;

/// A call that ended is answered with its result from then on, and only with the first one.
pub async fn a_call_is_answered_with_its_first_result(stores: &dyn Stores) -> SuiteResult {
    let (owner, tool, hash, claim) =
        (Owner::user("u1")?, ToolName::new("send")?, sample::hash(), sample::holder());
    let key = CallKey { owner: &owner, tool: &tool, hash: &hash };
    assert_eq!(stores.begin_call(key, claim, HOUR).await?, CallState::First);
    assert!(matches!(stores.begin_call(key, sample::holder(), HOUR).await?, CallState::Begun(_)));
    assert!(!stores.end_call(key, sample::holder(), sample::sealed("other")).await?, "another claim");
    assert!(stores.end_call(key, claim, sample::sealed("result")).await?);
    assert!(!stores.end_call(key, claim, sample::sealed("second")).await?);
    assert!(!stores.forget_call(key, claim).await?, "what happened is not forgotten");
    for _ in 0..2 {
        let state = stores.begin_call(key, sample::holder(), HOUR).await?;
        assert_eq!(state, CallState::Ended(sample::sealed("result").bytes));
    }
    Ok(())
}

/// The key of a call that was forgotten, or whose time is over, is free again.
pub async fn a_forgotten_or_expired_call_frees_its_key(stores: &dyn Stores) -> SuiteResult {
    let (owner, tool, hash, claim) =
        (Owner::user("u1")?, ToolName::new("send")?, sample::hash(), sample::holder());
    let key = CallKey { owner: &owner, tool: &tool, hash: &hash };
    assert_eq!(stores.begin_call(key, claim, HOUR).await?, CallState::First);
    assert!(!stores.forget_call(key, sample::holder()).await?, "another claim");
    assert!(stores.forget_call(key, claim).await?);
    assert_eq!(stores.begin_call(key, claim, Duration::ZERO).await?, CallState::First);
    assert_eq!(stores.begin_call(key, sample::holder(), HOUR).await?, CallState::First);
    Ok(())
}

/// Of parallel beginnings of one call, one is the first.
pub async fn of_parallel_calls_one_is_the_first(stores: &dyn Stores) -> SuiteResult {
    let (owner, tool, hash) = (Owner::user("u1")?, ToolName::new("send")?, sample::hash());
    let key = CallKey { owner: &owner, tool: &tool, hash: &hash };
    let begun = join_all((0..8).map(|_| stores.begin_call(key, sample::holder(), HOUR))).await;
    let states = begun.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(states.iter().filter(|state| **state == CallState::First).count(), 1);
    Ok(())
}

/// A key says nothing of the same key of another owner or of another tool.
pub async fn calls_of_others_and_of_other_tools_are_apart(stores: &dyn Stores) -> SuiteResult {
    let hash = sample::hash();
    for owner in &lookalikes()? {
        for tool in ["send", "Send", "send_"] {
            let tool = ToolName::new(tool)?;
            let key = CallKey { owner, tool: &tool, hash: &hash };
            assert_eq!(stores.begin_call(key, sample::holder(), HOUR).await?, CallState::First, "{owner}");
        }
    }
    Ok(())
}
