//! Whose the sessions of older versions are: knowing an id is not enough to use a session.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bailee_core::Caller;

/// More than this are not remembered: the oldest must begin anew.
const MOST: usize = 10_000;
/// Nor are more of one caller, so that none pushes the others out.
const MOST_OF_ONE: usize = 100;

/// The caller of each session. The lock is held to look into the map and never across an await.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    callers: HashMap<String, (Caller, u64)>,
    begun: u64,
}

impl Table {
    /// Ends the oldest of those that count, where there are `most` of them.
    fn make_room(&mut self, most: usize, counts: impl Fn(&Caller) -> bool) {
        let counted = || self.callers.iter().filter(|(_, (caller, _))| counts(caller));
        if counted().count() >= most {
            let oldest = counted().min_by_key(|(_, (_, begun))| *begun).map(|(id, _)| id.clone());
            oldest.and_then(|id| self.callers.remove(&id));
        }
    }
}

impl Sessions {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, id: String, caller: Caller) {
        let mut table = self.table();
        table.make_room(MOST_OF_ONE, |other| *other == caller);
        table.make_room(MOST, |_| true);
        table.begun += 1;
        let begun = table.begun;
        table.callers.insert(id, (caller, begun));
    }

    /// Whether the session is this caller's: the same owner, profile, thread and effects, whatever its credential.
    pub(crate) fn are_of(&self, id: &str, caller: &Caller) -> bool {
        self.table().callers.get(id).is_some_and(|(owner, _)| owner == caller)
    }

    pub(crate) fn end(&self, id: &str) {
        self.table().callers.remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailee_core::{InvalidId, Owner};

    #[test]
    fn a_caller_with_many_sessions_pushes_out_its_own() -> Result<(), InvalidId> {
        let caller = |user: &str| Caller::own(Owner::user(user)?, "p1");
        let sessions = Sessions::default();
        sessions.begin("of another".to_owned(), caller("u2")?);
        for number in 0..=MOST_OF_ONE {
            sessions.begin(number.to_string(), caller("u1")?);
        }
        assert!(sessions.are_of("of another", &caller("u2")?));
        assert!(!sessions.are_of("0", &caller("u1")?), "the oldest gave way");
        assert!(sessions.are_of("1", &caller("u1")?));
        Ok(())
    }
}
