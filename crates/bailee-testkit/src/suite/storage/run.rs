#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use bailee_core::{Caller, Effect, Effects, Owner, Run, StoreError};
use chrono::DateTime;

use super::{
    Stores,
    owner::lookalikes,
    sample::{self, HOUR},
};
use crate::suite::{SuiteError, SuiteResult};

fn of(caller: Caller) -> Run {
    Run { id: sample::run_id(), caller, expires_at: DateTime::UNIX_EPOCH }
}

fn own(owner: &Owner) -> Result<Run, SuiteError> {
    Ok(of(Caller::own(owner.clone(), "p1")?))
}

/// A run reads back by the hash of its credential, as the caller that it was begun for.
pub async fn a_run_reads_back_as_it_was_added(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::member("org", "u1")?;
    let callers = [
        Caller::own(owner.clone(), "p1")?,
        Caller::own(owner.clone(), "p 🦀")?.with_effects(Effects::NONE),
        Caller::counterpart(owner.clone(), "p1", "t1")?.with_effects(Effects::NONE.and(Effect::Read)),
        Caller::counterpart(owner, "p1", "t/1")?.with_effects(Effects::NONE.and(Effect::Write)),
    ];
    for caller in callers {
        let (hash, run) = (sample::hash(), of(caller));
        let expires_at = stores.add_run(hash, run.clone(), HOUR).await?;
        assert_eq!(stores.run(&hash).await?, Some(Run { expires_at, ..run.clone() }));
        let taken = stores.add_run(hash, Run { id: sample::run_id(), ..run.clone() }, HOUR).await;
        assert_eq!(taken, Err(StoreError::Conflict));
        let taken = stores.add_run(sample::hash(), run, HOUR).await;
        assert_eq!(taken, Err(StoreError::Conflict));
    }
    Ok(())
}

/// A run that has ended or expired is gone, and so is one of another hash.
pub async fn an_ended_or_expired_run_is_gone(stores: &dyn Stores) -> SuiteResult {
    let owner = Owner::user("u1")?;
    let (ended, expired) = (sample::hash(), sample::hash());
    let run = own(&owner)?;
    stores.add_run(ended, run.clone(), HOUR).await?;
    stores.add_run(expired, own(&owner)?, Duration::ZERO).await?;
    assert!(stores.end_run(&owner, run.id).await?);
    assert!(!stores.end_run(&owner, run.id).await?, "it has ended already");
    for hash in [ended, expired, sample::hash()] {
        assert_eq!(stores.run(&hash).await?, None);
    }
    Ok(())
}

/// Nobody ends a run of another owner, however alike their ids are.
pub async fn lookalike_owners_never_end_a_run_of_one_another(stores: &dyn Stores) -> SuiteResult {
    let owners = lookalikes()?;
    for owner in &owners {
        let (hash, run) = (sample::hash(), own(owner)?);
        stores.add_run(hash, run.clone(), HOUR).await?;
        for other in owners.iter().filter(|other| *other != owner) {
            assert!(!stores.end_run(other, run.id).await?, "{owner} {other}");
        }
        assert_eq!(stores.run(&hash).await?.map(|run| run.caller), Some(run.caller), "{owner}");
    }
    Ok(())
}
