use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bailee_core::IntegrationId;

/// The longest time for which an account is left alone at the word of its provider.
const LONGEST: Duration = Duration::from_mins(15);

/// So many accounts are remembered; of more, the provider has to say it again.
const MOST: usize = 10_000;

/// The accounts whose calls the provider wants to wait, and until when. Limits of calls are mostly those of one user: one
/// who uses up theirs holds no other back.
#[derive(Debug, Default)]
pub(super) struct Holds {
    until: Mutex<HashMap<IntegrationId, Duration>>,
}

impl Holds {
    pub(super) fn put(&self, account: IntegrationId, wait: Duration, at: Duration) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.retain(|_, until| *until > at);
        }
        if all.len() < MOST {
            all.insert(account, at + wait.min(LONGEST));
        }
    }

    /// For how long the account is still to wait.
    pub(super) fn of(&self, account: IntegrationId, at: Duration) -> Option<Duration> {
        let mut all = self.all();
        let until = *all.get(&account)?;
        if until > at {
            return Some(until.saturating_sub(at));
        }
        all.remove(&account);
        None
    }

    fn all(&self) -> MutexGuard<'_, HashMap<IntegrationId, Duration>> {
        // Nothing panics while it is held.
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
