//! Whose the sessions of older versions are: knowing an id is not enough to use a session.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bailee_core::Caller;

/// More than this are not remembered: the oldest must begin anew.
const MOST: usize = 10_000;

/// The caller of each session. The lock is held to look into the map and never across an await.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    callers: HashMap<String, (Caller, u64)>,
    begun: u64,
}

impl Sessions {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, id: String, caller: Caller) {
        let mut table = self.table();
        if table.callers.len() >= MOST {
            let oldest = table.callers.iter().min_by_key(|(_, (_, begun))| *begun).map(|(id, _)| id.clone());
            oldest.and_then(|id| table.callers.remove(&id));
        }
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
