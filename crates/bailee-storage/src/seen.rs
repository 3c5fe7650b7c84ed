use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{ProviderKey, StoreError, store::SeenStore};

use crate::{SqlStore, connect::millis, statement::Statement, value::Value};

static SEE: Statement = Statement::new(
    "INSERT INTO seen_events (provider, event, expires_ms) VALUES (:provider, :event, {now} + :lifetime)",
);

pub(crate) static FORGET: Statement =
    Statement::new("DELETE FROM seen_events WHERE provider = :provider AND event = :event");

#[async_trait]
impl SeenStore for SqlStore {
    async fn see(&self, provider: &ProviderKey, event: &str, lifetime: Duration) -> Result<bool, StoreError> {
        let values = [
            ("provider", Value::from(provider.as_str())),
            ("event", event.into()),
            ("lifetime", millis(lifetime).into()),
        ];
        match self.writer().await?.execute(&SEE, &values).await {
            Err(StoreError::Conflict) => Ok(false),
            result => result.map(|_| true),
        }
    }

    async fn forget(&self, provider: &ProviderKey, event: &str) -> Result<(), StoreError> {
        let values = [("provider", Value::from(provider.as_str())), ("event", event.into())];
        self.write_one(&FORGET, &values).await.map(drop)
    }
}
