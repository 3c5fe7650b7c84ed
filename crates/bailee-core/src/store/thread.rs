use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Announcement, Owner, StoreError, ThreadId, ThreadPermissions};

/// What one thread allows, and how often that was changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadGrant {
    /// The flags.
    pub permissions: ThreadPermissions,
    /// Grows with every change; 0: nobody ever set it.
    pub version: i64,
}

/// What owners allow in their threads.
#[async_trait]
pub trait ThreadStore: Debug + Send + Sync {
    /// What the owner allows in a thread.
    ///
    /// # Behaviour
    /// - A thread that was never set, and one of another owner, allow nothing: the default.
    ///
    /// # Errors
    /// See [`StoreError`]. A caller that cannot read it refuses.
    async fn thread_grant(&self, owner: &Owner, thread: &ThreadId) -> Result<ThreadGrant, StoreError>;

    /// The owner's threads in which something is allowed, at most `limit` of them, by their ids.
    ///
    /// # Behaviour
    /// - In the order of the bytes of their ids.
    /// - A thread in which everything was turned off again is not among them, and neither is one of another owner.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn open_threads(
        &self,
        owner: &Owner,
        limit: u32,
    ) -> Result<Vec<(ThreadId, ThreadGrant)>, StoreError>;

    /// Sets what the owner allows in a thread.
    ///
    /// # Behaviour
    /// - With `version`, written only while the thread's is this one (0: never set); `Ok(None)` otherwise.
    /// - Of parallel writes with the same version, one succeeds.
    /// - The version grows, also when the flags are the same.
    /// - What is announced is in the [`EventOutbox`](crate::EventOutbox), due at once, when and only when the flags are
    ///   written: one transaction.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn set_thread_grant(
        &self,
        owner: &Owner,
        thread: &ThreadId,
        permissions: ThreadPermissions,
        version: Option<i64>,
        announcement: Option<&Announcement>,
    ) -> Result<Option<ThreadGrant>, StoreError>;
}
