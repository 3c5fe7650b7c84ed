//! How much each owner has asked for of late.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bailee_core::{Caller, Outcome, Owner, ThreadId};

use crate::{Limit, Limited, Limits, engine::Inner, journal::Line, telemetry};

const MINUTE: Duration = Duration::from_mins(1);

/// How long to wait for one of the calls under way to end.
const A_CALL: Duration = Duration::from_secs(1);

/// How many buckets there are at most. Beyond that the one that is nearest to full gives way: whoever asked for much stays
/// limited, however many others ask.
const BUCKETS: usize = 100_000;

/// Whose bucket: an owner's, or that of one of their threads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Asker {
    owner: Owner,
    thread: Option<ThreadId>,
}

impl From<&Owner> for Asker {
    fn from(owner: &Owner) -> Self {
        Self { owner: owner.clone(), thread: None }
    }
}

impl From<&Caller> for Asker {
    fn from(caller: &Caller) -> Self {
        Self { owner: caller.owner().clone(), thread: caller.thread().cloned() }
    }
}

/// What a bucket counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Counted {
    /// What was asked for.
    Asked(Limit),
    /// Refusals that are in the ledger.
    Told(Limit),
}

type Bucket = Arc<(Asker, Counted)>;

/// The buckets of all owners, and the calls under way.
#[derive(Debug)]
pub(crate) struct Quota {
    limits: Limits,
    buckets: Mutex<Buckets>,
    under_way: Arc<Mutex<HashMap<Asker, u32>>>,
}

impl Quota {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, buckets: Mutex::new(Buckets::new(BUCKETS)), under_way: Arc::default() }
    }

    /// Takes one out of the asker's bucket, `now` by the monotonic clock.
    fn take(&self, asker: &Asker, limit: Limit, now: Duration) -> Result<(), Limited> {
        let taken = self.take_of(asker, Counted::Asked(limit), self.limits.per_minute(limit), now);
        taken.map_err(|retry_after| Limited { limit, retry_after })
    }

    /// Whether a refusal is to be in the ledger: the first one of a minute is.
    fn tell(&self, asker: &Asker, limit: Limit, now: Duration) -> bool {
        self.take_of(asker, Counted::Told(limit), 1, now).is_ok()
    }

    fn take_of(&self, asker: &Asker, counted: Counted, most: u32, now: Duration) -> Result<(), Duration> {
        if most == u32::MAX {
            return Ok(());
        }
        // Nothing panics while it is held.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take((asker.clone(), counted).into(), most, now)
    }

    fn enter(&self, asker: Asker) -> Result<Slot, Limited> {
        let mut under_way = lock(&self.under_way);
        let count = under_way.get(&asker).copied().unwrap_or_default();
        if count >= self.limits.concurrent_tool_calls {
            return Err(Limited { limit: Limit::ConcurrentToolCalls, retry_after: A_CALL });
        }
        under_way.insert(asker.clone(), count + 1);
        drop(under_way);
        Ok(Slot { under_way: Arc::clone(&self.under_way), asker })
    }
}

fn lock(under_way: &Mutex<HashMap<Asker, u32>>) -> MutexGuard<'_, HashMap<Asker, u32>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One of the calls that an asker may have under way. Dropping it ends the call.
#[derive(Debug)]
pub(crate) struct Slot {
    under_way: Arc<Mutex<HashMap<Asker, u32>>>,
    asker: Asker,
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut under_way = lock(&self.under_way);
        match under_way.get_mut(&self.asker) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(under_way.remove(&self.asker)),
        }
    }
}

/// The generic cell rate algorithm: of each bucket no more is known than when it will be full again, and one that is full
/// need not be known at all.
#[derive(Debug)]
struct Buckets {
    most: usize,
    full_at: HashMap<Bucket, Duration>,
    order: BTreeSet<(Duration, Bucket)>,
}

impl Buckets {
    fn new(most: usize) -> Self {
        Self { most, full_at: HashMap::new(), order: BTreeSet::new() }
    }

    /// Takes one out of a bucket that holds `per_minute`, or says when there is one again.
    fn take(&mut self, key: Bucket, per_minute: u32, now: Duration) -> Result<(), Duration> {
        self.forget(now);
        let before = self.full_at.get(&key).copied();
        let interval = MINUTE.checked_div(per_minute).unwrap_or(Duration::MAX);
        let full_at = before.unwrap_or_default().max(now).saturating_add(interval);
        let too_early = full_at.saturating_sub(now + MINUTE);
        if !too_early.is_zero() {
            return Err(too_early.min(MINUTE));
        }
        if let Some(before) = before {
            self.order.remove(&(before, Arc::clone(&key)));
        }
        self.order.insert((full_at, Arc::clone(&key)));
        self.full_at.insert(key, full_at);
        if self.full_at.len() > self.most {
            self.remove_first();
        }
        Ok(())
    }

    /// Two at most, as one take adds no more than one: so that no take has to look through all.
    fn forget(&mut self, now: Duration) {
        for _ in 0..2 {
            if self.order.first().is_some_and(|(full_at, _)| *full_at <= now) {
                self.remove_first();
            }
        }
    }

    fn remove_first(&mut self) {
        if let Some((_, key)) = self.order.pop_first() {
            self.full_at.remove(&key);
        }
    }
}

impl Inner {
    /// Counts what an owner asks for, and refuses what is too much. `line` is what the ledger is told of a refusal: once a
    /// minute for each owner and limit, so that a flood of requests is no flood of lines.
    ///
    /// # Errors
    /// [`Limited`].
    pub(crate) async fn allow(
        &self,
        asker: impl Into<Asker>,
        limit: Limit,
        line: Option<&Line>,
    ) -> Result<(), Limited> {
        let asker = asker.into();
        let taken = self.quota.take(&asker, limit, self.clock.monotonic());
        if let Err(limited) = taken {
            self.tell_limited(&asker, limited, line).await;
        }
        taken
    }

    /// A slot for one call of a tool.
    pub(crate) async fn enter(&self, caller: &Caller, line: &Line) -> Result<Slot, Limited> {
        let asker = Asker::from(caller);
        match self.quota.enter(asker.clone()) {
            Ok(slot) => Ok(slot),
            Err(limited) => {
                self.tell_limited(&asker, limited, Some(line)).await;
                Err(limited)
            }
        }
    }

    async fn tell_limited(&self, asker: &Asker, limited: Limited, line: Option<&Line>) {
        telemetry::limited(limited.limit);
        if self.quota.tell(asker, limited.limit, self.clock.monotonic()) {
            tracing::warn!(owner = %asker.owner, limit = limited.limit.as_str(), "an owner asks for too much");
            if let Some(line) = line {
                self.note(Line { outcome: Outcome::RateLimited, ..line.clone() }).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
