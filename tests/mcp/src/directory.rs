use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bailee_core::{
    Counterpart, DirectoryError, Owner, ProfileDirectory, ProfileId, ThreadDirectory, ThreadId,
};

/// Every user has the profiles `<user>_1` and `<user>_2` and the thread `<user>_t`. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Directory(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    down: bool,
    deleted: Vec<String>,
}

impl Directory {
    /// It does not answer any more.
    pub fn fail(&self) {
        self.state().down = true;
    }

    /// This profile is gone.
    pub fn delete(&self, profile: &str) {
        self.state().deleted.push(profile.to_owned());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer<T>(&self, answer: T) -> Result<T, DirectoryError> {
        if self.state().down { Err(DirectoryError) } else { Ok(answer) }
    }
}

#[async_trait]
impl ProfileDirectory for Directory {
    async fn owns(&self, owner: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        Ok(self.list(owner).await?.contains(profile))
    }

    async fn list(&self, owner: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        let all = ["1", "2"].map(|number| format!("{}_{number}", owner.user_id()));
        let left = all.into_iter().filter(|id| !self.state().deleted.contains(id));
        self.answer(left.filter_map(|id| ProfileId::new(id).ok()).collect())
    }
}

#[async_trait]
impl ThreadDirectory for Directory {
    async fn owns(&self, owner: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError> {
        self.answer(thread.as_str() == format!("{}_t", owner.user_id()))
    }

    async fn counterpart(&self, _: &Owner, _: &ThreadId) -> Result<Option<Counterpart>, DirectoryError> {
        self.answer(Some(Counterpart { name: "another agent".to_owned(), verified: false }))
    }
}
