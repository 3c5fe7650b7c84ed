use std::fmt::Debug;

use async_trait::async_trait;

use crate::{AgentTask, Owner, ProfileId, Proposal, StoreError, TaskId, TaskStatus, ThreadId};

/// A task, ready to be written: pending.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// Who decides about it.
    pub owner: Owner,
    /// The profile that was asked.
    pub profile: ProfileId,
    /// The thread through which it was asked; `None` when the owner's own agent did.
    pub thread: Option<ThreadId>,
    /// What is proposed.
    pub proposal: Proposal,
}

/// Tasks of owners: `agent_tasks`. A host that has such a table of its own puts it behind this trait.
///
/// # Behaviour of every method
/// - A task of another owner is as good as none.
#[async_trait]
pub trait TaskStore: Debug + Send + Sync {
    /// Writes a new task.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken.
    async fn insert_task(&self, new: NewTask) -> Result<AgentTask, StoreError>;

    /// A page of the owner's tasks, the newest first.
    ///
    /// # Behaviour
    /// - With `status`, those alone. `before` is the last id of the page before; `None` begins. At most `limit`; fewer
    ///   mean the end.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn list_tasks(
        &self,
        owner: &Owner,
        status: Option<TaskStatus>,
        before: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<AgentTask>, StoreError>;

    /// One task.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn find_task(&self, owner: &Owner, id: TaskId) -> Result<Option<AgentTask>, StoreError>;

    /// How many tasks of the owner are pending: a counterpart must not fill the table.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn pending_tasks(&self, owner: &Owner) -> Result<u64, StoreError>;

    /// Moves a task from one status to another, once.
    ///
    /// # Behaviour
    /// - Written only while its status is `from`; `Ok(None)` otherwise. Of parallel moves one succeeds.
    ///
    /// # Errors
    /// See [`StoreError`].
    async fn move_task(
        &self,
        owner: &Owner,
        id: TaskId,
        from: TaskStatus,
        to: TaskStatus,
    ) -> Result<Option<AgentTask>, StoreError>;
}
