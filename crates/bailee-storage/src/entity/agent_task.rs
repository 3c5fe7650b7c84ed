use bailee_core::{AgentTask, ProfileId, StoreError, TaskStatus, ThreadId};

use super::owner;
use crate::row::{Cells, Columns, Record};

impl Record for AgentTask {
    const TABLE: &'static str = "agent_tasks";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "organization_id",
        "user_id",
        "profile_id",
        "thread_id",
        "proposal",
        "status",
        "created_ms",
        "updated_ms",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            owner: owner(cells)?,
            profile: cells.parsed(ProfileId::new)?,
            thread: cells.parsed_or_null(ThreadId::new)?,
            proposal: cells.parsed(serde_json::from_str)?,
            status: cells.parsed(TaskStatus::parse)?,
            created_at: cells.moment()?,
            updated_at: cells.moment()?,
        })
    }
}
