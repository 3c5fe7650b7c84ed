//! Requests of agents to connect an account.

use std::time::Duration;

use bailee_core::{ConnectRequest, ConnectRequestId, Owner, StoreError, UserId};
use chrono::{DateTime, Utc};

use crate::{SqlStore, connect::millis, error::Failure, row::Record, statement::Statement, value::Value};

// The inner query stands in a FROM, as MySQL deletes from no table that it selects from.
pub(crate) static GIVE_WAY: Statement = Statement::new(
    "DELETE FROM connect_requests WHERE owner_key = :owner AND provider = :provider AND id NOT IN \
     (SELECT id FROM (SELECT id FROM connect_requests WHERE owner_key = :owner AND provider = :provider \
     ORDER BY created_ms DESC, id LIMIT :room) AS staying)",
);

static INSERT: Statement = Statement::new(
    "INSERT INTO connect_requests (id, owner_key, organization_id, user_id, provider, integration_id, scopes, profile_id, \
     client, created_ms, expires_ms) \
     VALUES (:id, :owner, :organization, :user, :provider, :integration, :scopes, :profile, :client, :now, :expires)",
);

pub(crate) static FIND: Statement = Statement::selecting(
    ConnectRequest::COLUMNS,
    "SELECT {columns} FROM connect_requests WHERE id = :id AND owner_key = :owner AND expires_ms > {now}",
);

pub(crate) static FIND_OF_USER: Statement = Statement::selecting(
    ConnectRequest::COLUMNS,
    "SELECT {columns} FROM connect_requests WHERE id = :id AND user_id = :user AND expires_ms > {now}",
);

pub(crate) static TAKE: Statement = Statement::new(
    "DELETE FROM connect_requests WHERE id = :id AND owner_key = :owner AND expires_ms > {now}",
);

impl SqlStore {
    pub(crate) async fn write_request(
        &self,
        request: &ConnectRequest,
        lifetime: Duration,
        most: u32,
    ) -> Result<DateTime<Utc>, Failure> {
        let now = self.now().await?;
        let expires = now.saturating_add(millis(lifetime));
        let (id, owner) = (request.id.to_string(), request.owner.key());
        let integration = request.integration.map(|id| id.to_string());
        let values = [
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("organization", request.owner.organization().map(AsRef::as_ref).into()),
            ("user", request.owner.user_id().as_str().into()),
            ("provider", request.provider.as_str().into()),
            ("integration", integration.as_deref().into()),
            ("scopes", request.scopes.as_str().into()),
            ("profile", request.profile.as_str().into()),
            ("client", request.client.as_deref().into()),
            ("now", now.into()),
            ("expires", expires.into()),
            ("room", i64::from(most.saturating_sub(1)).into()),
        ];
        let mut transaction = self.writer().await?.begin().await?;
        let written = match transaction.execute(&GIVE_WAY, &values).await {
            Ok(_) => transaction.execute(&INSERT, &values).await,
            Err(failure) => Err(failure),
        };
        transaction.end(written).await?;
        DateTime::from_timestamp_millis(expires).ok_or_else(|| Failure::refused("clock"))
    }

    pub(crate) async fn find_request(
        &self,
        owner: &Owner,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        self.read_one(&FIND, &[("id", Value::from(&id)), ("owner", owner.as_str().into())]).await
    }

    pub(crate) async fn find_request_to_user(
        &self,
        user: &UserId,
        id: ConnectRequestId,
    ) -> Result<Option<ConnectRequest>, StoreError> {
        let id = id.to_string();
        self.read_one(&FIND_OF_USER, &[("id", Value::from(&id)), ("user", user.as_str().into())]).await
    }

    pub(crate) async fn use_request(&self, owner: &Owner, id: ConnectRequestId) -> Result<bool, StoreError> {
        let (id, owner) = (id.to_string(), owner.key());
        self.write_one(&TAKE, &[("id", Value::from(&id)), ("owner", owner.as_str().into())]).await
    }
}
