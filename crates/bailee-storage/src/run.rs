use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use bailee_core::{Effect, Owner, Run, RunId, RunStore, StoreError};

use crate::{SqlStore, connect::millis, row::Record, statement::Statement, value::Value};

static INSERT: Statement = Statement::new(
    "INSERT INTO agent_runs (id, token_hash, owner_key, organization_id, user_id, profile_id, thread_id, effects, \
     expires_ms) \
     VALUES (:id, :token, :owner, :organization, :user, :profile, :thread, :effects, :expires)",
);

pub(crate) static FIND: Statement = Statement::selecting(
    Run::COLUMNS,
    "SELECT {columns} FROM agent_runs WHERE token_hash = :token AND expires_ms > {now}",
);

pub(crate) static END: Statement =
    Statement::new("DELETE FROM agent_runs WHERE id = :id AND owner_key = :owner AND expires_ms > {now}");

#[async_trait]
impl RunStore for SqlStore {
    async fn add_run(
        &self,
        token_hash: [u8; 32],
        run: Run,
        lifetime: Duration,
    ) -> Result<DateTime<Utc>, StoreError> {
        let expires_ms = self.now().await?.saturating_add(millis(lifetime));
        let caller = &run.caller;
        let (id, owner) = (run.id.to_string(), caller.owner().key());
        let effects = [Effect::Read, Effect::Write].map(|effect| i64::from(caller.effects().cover(effect)));
        let values = [
            ("id", Value::from(&id)),
            ("token", Value::from(&token_hash)),
            ("owner", owner.as_str().into()),
            ("organization", caller.owner().organization().map(AsRef::as_ref).into()),
            ("user", caller.owner().user_id().as_str().into()),
            ("profile", caller.profile().as_str().into()),
            ("thread", caller.thread().map(AsRef::as_ref).into()),
            ("effects", (effects[0] + 2 * effects[1]).into()),
            ("expires", expires_ms.into()),
        ];
        self.writer().await?.execute(&INSERT, &values).await?;
        DateTime::from_timestamp_millis(expires_ms)
            .ok_or_else(|| StoreError::Backend { code: "clock".to_owned() })
    }

    async fn run(&self, token_hash: &[u8; 32]) -> Result<Option<Run>, StoreError> {
        self.read_one(&FIND, &[("token", Value::from(token_hash))]).await
    }

    async fn end_run(&self, owner: &Owner, id: RunId) -> Result<bool, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        self.write_one(&END, &[("id", Value::from(&id)), ("owner", owner.as_str().into())]).await
    }
}
