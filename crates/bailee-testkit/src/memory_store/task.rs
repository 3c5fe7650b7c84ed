use std::ops::Bound;

use async_trait::async_trait;

use bailee_core::{AgentTask, Owner, StoreError, TaskId, TaskStatus, TaskStore, store::NewTask};

use super::{MemoryStore, row::moment};

#[async_trait]
impl TaskStore for MemoryStore {
    async fn insert_task(&self, new: NewTask) -> Result<AgentTask, StoreError> {
        let now = moment(self.now_ms());
        let mut tables = self.tables();
        if tables.tasks.contains_key(&new.id) {
            return Err(StoreError::Conflict);
        }
        let task = AgentTask {
            id: new.id,
            owner: new.owner,
            profile: new.profile,
            thread: new.thread,
            proposal: new.proposal,
            status: TaskStatus::Pending,
            created_at: now,
            updated_at: now,
        };
        tables.tasks.insert(task.id, task.clone());
        Ok(task)
    }

    async fn list_tasks(
        &self,
        owner: &Owner,
        status: Option<TaskStatus>,
        before: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<AgentTask>, StoreError> {
        let to = before.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self
            .tables()
            .tasks
            .range((Bound::Unbounded, to))
            .rev()
            .map(|(_, task)| task)
            .filter(|task| task.owner == *owner && status.is_none_or(|status| task.status == status))
            .take(limit as usize)
            .cloned()
            .collect())
    }

    async fn find_task(&self, owner: &Owner, id: TaskId) -> Result<Option<AgentTask>, StoreError> {
        Ok(self.tables().tasks.get(&id).filter(|task| task.owner == *owner).cloned())
    }

    async fn pending_tasks(&self, owner: &Owner) -> Result<u64, StoreError> {
        let tables = self.tables();
        let pending =
            tables.tasks.values().filter(|task| task.owner == *owner && task.status == TaskStatus::Pending);
        Ok(pending.count() as u64)
    }

    async fn move_task(
        &self,
        owner: &Owner,
        id: TaskId,
        from: TaskStatus,
        to: TaskStatus,
    ) -> Result<Option<AgentTask>, StoreError> {
        let now = moment(self.now_ms());
        let mut tables = self.tables();
        let task = tables.tasks.get_mut(&id).filter(|task| task.owner == *owner && task.status == from);
        Ok(task.map(|task| {
            task.status = to;
            task.updated_at = now;
            task.clone()
        }))
    }
}
