use async_trait::async_trait;
use chrono::DateTime;

use bailee_core::{AgentTask, Owner, StoreError, TaskId, TaskStatus, TaskStore, store::NewTask};

use crate::{
    SqlStore,
    entity::{AFTER_ALL_IDS, Number},
    row::Record,
    statement::Statement,
    value::Value,
};

static INSERT: Statement = Statement::new(
    "INSERT INTO agent_tasks (id, owner_key, organization_id, user_id, profile_id, thread_id, proposal, status, \
     created_ms, updated_ms) \
     VALUES (:id, :owner, :organization, :user, :profile, :thread, :proposal, 'pending', :now, :now)",
);

pub(crate) static LIST: Statement = Statement::selecting(
    AgentTask::COLUMNS,
    "SELECT {columns} FROM agent_tasks WHERE owner_key = :owner AND id < :before ORDER BY id DESC LIMIT :limit",
);

pub(crate) static LIST_OF_STATUS: Statement = Statement::selecting(
    AgentTask::COLUMNS,
    "SELECT {columns} FROM agent_tasks \
     WHERE owner_key = :owner AND status = :status AND id < :before ORDER BY id DESC LIMIT :limit",
);

pub(crate) static FIND: Statement = Statement::selecting(
    AgentTask::COLUMNS,
    "SELECT {columns} FROM agent_tasks WHERE id = :id AND owner_key = :owner",
);

pub(crate) static PENDING: Statement =
    Statement::new("SELECT COUNT(*) FROM agent_tasks WHERE owner_key = :owner AND status = 'pending'");

pub(crate) static MOVE: Statement = Statement::new(
    "UPDATE agent_tasks SET status = :to, updated_ms = {now} \
     WHERE id = :id AND owner_key = :owner AND status = :from",
);

#[async_trait]
impl TaskStore for SqlStore {
    async fn insert_task(&self, new: NewTask) -> Result<AgentTask, StoreError> {
        let writer = self.writer().await?;
        let now = self.now().await?;
        let at = DateTime::from_timestamp_millis(now)
            .ok_or_else(|| StoreError::Backend { code: "clock".to_owned() })?;
        let (id, owner) = (new.id.to_string(), new.owner.key());
        let proposal = serde_json::to_string(&new.proposal)
            .map_err(|_| StoreError::Backend { code: "proposal".to_owned() })?;
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("organization", new.owner.organization().map(AsRef::as_ref).into()),
            ("user", new.owner.user_id().as_str().into()),
            ("profile", new.profile.as_str().into()),
            ("thread", new.thread.as_ref().map(AsRef::as_ref).into()),
            ("proposal", Value::from(&proposal)),
            ("now", now.into()),
        ];
        writer.execute(&INSERT, &values).await?;
        Ok(AgentTask {
            id: new.id,
            owner: new.owner,
            profile: new.profile,
            thread: new.thread,
            proposal: new.proposal,
            status: TaskStatus::Pending,
            created_at: at,
            updated_at: at,
        })
    }

    async fn list_tasks(
        &self,
        owner: &Owner,
        status: Option<TaskStatus>,
        before: Option<TaskId>,
        limit: u32,
    ) -> Result<Vec<AgentTask>, StoreError> {
        let owner = owner.key();
        let before = before.map_or_else(|| AFTER_ALL_IDS.to_owned(), |id| id.to_string());
        let values = [
            ("owner", owner.as_str().into()),
            ("status", status.map(TaskStatus::as_str).into()),
            ("before", Value::from(&before)),
            ("limit", i64::from(limit).into()),
        ];
        let statement = if status.is_some() { &LIST_OF_STATUS } else { &LIST };
        self.reader().await?.fetch(statement, &values).await
    }

    async fn find_task(&self, owner: &Owner, id: TaskId) -> Result<Option<AgentTask>, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let values = [("id", Value::from(&id)), ("owner", owner.as_str().into())];
        self.read_one(&FIND, &values).await
    }

    async fn pending_tasks(&self, owner: &Owner) -> Result<u64, StoreError> {
        let owner = owner.key();
        let count: Option<Number> =
            self.read_one(&PENDING, &[("owner", Value::from(owner.as_str()))]).await?;
        Ok(count.map_or(0, |count| count.0.unsigned_abs()))
    }

    async fn move_task(
        &self,
        owner: &Owner,
        id: TaskId,
        from: TaskStatus,
        to: TaskStatus,
    ) -> Result<Option<AgentTask>, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("from", from.as_str().into()),
            ("to", to.as_str().into()),
        ];
        self.write_and_read(&MOVE, &FIND, None, &values).await
    }
}
