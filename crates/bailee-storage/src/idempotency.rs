use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{
    IdempotencyStore, OwnerKey, Sealed, StoreError,
    store::{CallKey, CallState},
};

use crate::{SqlStore, connect::millis, entity::Before, row::Record, statement::Statement, value::Value};

pub(crate) static CLEAR: Statement = Statement::new(
    "DELETE FROM idempotency_keys \
     WHERE owner_key = :owner AND tool = :tool AND key_hash = :hash AND expires_ms <= {now}",
);

static BEGIN: Statement = Statement::new(
    "INSERT INTO idempotency_keys (owner_key, tool, key_hash, claim, begun_ms, secret, key_id, expires_ms) \
     VALUES (:owner, :tool, :hash, :claim, {now}, NULL, NULL, {now} + :lifetime)",
);

pub(crate) static FIND: Statement = Statement::selecting(
    Before::COLUMNS,
    "SELECT {columns} FROM idempotency_keys WHERE owner_key = :owner AND tool = :tool AND key_hash = :hash",
);

pub(crate) static END: Statement = Statement::new(
    "UPDATE idempotency_keys SET secret = :secret, key_id = :key \
     WHERE owner_key = :owner AND tool = :tool AND key_hash = :hash AND claim = :claim AND secret IS NULL",
);

pub(crate) static FORGET: Statement = Statement::new(
    "DELETE FROM idempotency_keys \
     WHERE owner_key = :owner AND tool = :tool AND key_hash = :hash AND claim = :claim AND secret IS NULL",
);

#[async_trait]
impl IdempotencyStore for SqlStore {
    async fn begin_call<'a>(
        &self,
        key: CallKey<'a>,
        claim: [u8; 16],
        lifetime: Duration,
    ) -> Result<CallState, StoreError> {
        let owner = key.owner.key();
        let [owner, tool, hash] = parts(&owner, key);
        let values =
            [owner, tool, hash, ("claim", Value::from(&claim)), ("lifetime", millis(lifetime).into())];
        self.writer().await?.execute(&CLEAR, &values).await?;
        match self.write_one(&BEGIN, &values).await {
            Ok(_) => return Ok(CallState::First),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        // The writer's connections: what it just refused is there for certain.
        let before: Option<Before> = self.writer().await?.fetch(&FIND, &values).await?.pop();
        Ok(match before {
            Some(Before { result: Some(result), .. }) => CallState::Ended(result),
            Some(Before { age_ms, .. }) => {
                CallState::Begun(Duration::from_millis(age_ms.max(0).unsigned_abs()))
            }
            // It was forgotten at this moment; the next try begins.
            None => CallState::Begun(Duration::ZERO),
        })
    }

    async fn end_call<'a>(
        &self,
        key: CallKey<'a>,
        claim: [u8; 16],
        result: Sealed,
    ) -> Result<bool, StoreError> {
        let (owner, kid) = (key.owner.key(), result.key.to_string());
        let [owner, tool, hash] = parts(&owner, key);
        let claim = ("claim", Value::from(&claim));
        let values =
            [owner, tool, hash, claim, ("secret", Value::from(&result.bytes)), ("key", Value::from(&kid))];
        self.write_one(&END, &values).await
    }

    async fn forget_call<'a>(&self, key: CallKey<'a>, claim: [u8; 16]) -> Result<bool, StoreError> {
        let owner = key.owner.key();
        let [owner, tool, hash] = parts(&owner, key);
        self.write_one(&FORGET, &[owner, tool, hash, ("claim", Value::from(&claim))]).await
    }
}

fn parts<'a>(owner: &'a OwnerKey, key: CallKey<'a>) -> [(&'static str, Value<'a>); 3] {
    [("owner", owner.as_str().into()), ("tool", key.tool.as_str().into()), ("hash", Value::from(key.hash))]
}
