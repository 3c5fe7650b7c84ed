use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use bailee_core::{Owner, Run, RunId, RunStore, StoreError};

use super::{MemoryStore, millis, row::moment};

pub(super) struct Kept {
    pub(super) token_hash: [u8; 32],
    pub(super) run: Run,
    pub(super) expires_ms: i64,
}

#[async_trait]
impl RunStore for MemoryStore {
    async fn add_run(
        &self,
        token_hash: [u8; 32],
        mut run: Run,
        lifetime: Duration,
    ) -> Result<DateTime<Utc>, StoreError> {
        let expires_ms = self.now_ms().saturating_add(millis(lifetime));
        let mut tables = self.tables();
        let taken = tables.runs.values().any(|kept| kept.token_hash == token_hash);
        if taken || tables.runs.contains_key(&run.id) {
            return Err(StoreError::Conflict);
        }
        run.expires_at = moment(expires_ms);
        let expires_at = run.expires_at;
        tables.runs.insert(run.id, Kept { token_hash, run, expires_ms });
        Ok(expires_at)
    }

    async fn run(&self, token_hash: &[u8; 32]) -> Result<Option<Run>, StoreError> {
        let now_ms = self.now_ms();
        let tables = self.tables();
        let mut runs = tables.runs.values();
        let found = runs.find(|kept| kept.token_hash == *token_hash && kept.expires_ms > now_ms);
        Ok(found.map(|kept| kept.run.clone()))
    }

    async fn end_run(&self, owner: &Owner, id: RunId) -> Result<bool, StoreError> {
        let now_ms = self.now_ms();
        let mut tables = self.tables();
        let alive = tables
            .runs
            .get(&id)
            .is_some_and(|kept| kept.run.caller.owner() == owner && kept.expires_ms > now_ms);
        if alive {
            tables.runs.remove(&id);
        }
        Ok(alive)
    }
}
