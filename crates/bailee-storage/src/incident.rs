//! What a revocation in bulk reads and writes, over all owners.

use async_trait::async_trait;

use bailee_core::{
    IncidentStore, IntegrationId, ProviderKey, StoreError,
    store::{DisconnectOrder, Leaving, Matching, RevokeFilter},
};

use crate::{
    SqlStore, entity::MatchingRows, error::Failure, event, outbox, row::Record, statement::Statement,
    transaction::SqlTransaction, value::Value,
};

/// The conditions of a filter: what is NULL is not asked for.
macro_rules! matching {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "(:provider IS NULL OR provider = :provider) \
             AND (:organization IS NULL OR organization_id = :organization) \
             AND (:owner IS NULL OR owner_key = :owner) \
             AND (:before IS NULL OR COALESCE(connected_ms, created_ms) < :before)",
            $after
        )
    };
}

static COUNT: Statement = Statement::selecting(
    MatchingRows::COLUMNS,
    matching!("SELECT {columns} FROM user_integrations WHERE ", ""),
);

static HIDE: Statement = Statement::new(matching!(
    "UPDATE user_integrations SET lifecycle = 'disconnecting', slot = id, version = version + 1, updated_ms = {now} \
     WHERE lifecycle <> 'disconnecting' AND ",
    ""
));

// After the rows were hidden, so that no owner of a row that was written meanwhile is missed. Those of rows that were
// disconnecting before are raised too, which does no harm. In order, so that two of these wait for each other and no more.
static RAISE_ALL: Statement = Statement::new(matching!(
    "INSERT INTO owner_versions (owner_key, version) SELECT DISTINCT owner_key, 1 FROM user_integrations \
     WHERE lifecycle = 'disconnecting' AND ",
    " ORDER BY owner_key {or_raise}"
));

pub(crate) static WITHOUT_MESSAGE: Statement = Statement::selecting(
    Leaving::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE lifecycle = 'disconnecting' \
     AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.id = user_integrations.id) ORDER BY id LIMIT :limit",
);

static LEAVING: Statement = Statement::selecting(
    Leaving::COLUMNS,
    matching!(
        "SELECT {columns} FROM user_integrations WHERE lifecycle = 'disconnecting' AND id > :after AND ",
        " ORDER BY id LIMIT :limit"
    ),
);

#[async_trait]
impl IncidentStore for SqlStore {
    async fn count_matching(&self, filter: &RevokeFilter) -> Result<Matching, StoreError> {
        let owner = owner_of(filter);
        let found: Option<MatchingRows> = self.read_one(&COUNT, &values(filter, owner.as_deref())).await?;
        Ok(found.map(|found| found.0).unwrap_or_default())
    }

    async fn hide_matching(&self, filter: &RevokeFilter) -> Result<u64, StoreError> {
        match self.hide_all(filter).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.hide_all(filter).await?)
    }

    async fn without_message(&self, limit: u32) -> Result<Vec<Leaving>, StoreError> {
        let values = [("limit", i64::from(limit).into())];
        self.reader().await?.fetch(&WITHOUT_MESSAGE, &values).await
    }

    async fn order_disconnects(&self, orders: Vec<DisconnectOrder>) -> Result<bool, StoreError> {
        let ordered = match self.order(&orders).await {
            Err(Failure::Contended) => self.order(&orders).await,
            ordered => ordered,
        };
        match ordered.map_err(StoreError::from) {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn leaving(
        &self,
        filter: &RevokeFilter,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<Leaving>, StoreError> {
        let (owner, after) = (owner_of(filter), after.map(|id| id.to_string()).unwrap_or_default());
        let [provider, organization, owner, before] = values(filter, owner.as_deref());
        let values = [
            provider,
            organization,
            owner,
            before,
            ("after", Value::from(&after)),
            ("limit", i64::from(limit).into()),
        ];
        self.reader().await?.fetch(&LEAVING, &values).await
    }
}

impl SqlStore {
    async fn hide_all(&self, filter: &RevokeFilter) -> Result<u64, Failure> {
        let owner = owner_of(filter);
        let values = values(filter, owner.as_deref());
        let mut transaction = self.writer().await?.begin().await?;
        let hidden = match transaction.execute(&HIDE, &values).await {
            Ok(0) => Ok(0),
            Ok(rows) => transaction.execute(&RAISE_ALL, &values).await.map(|_| rows),
            Err(failure) => Err(failure),
        };
        transaction.end(hidden).await
    }

    async fn order(&self, orders: &[DisconnectOrder]) -> Result<(), Failure> {
        let mut transaction = self.writer().await?.begin().await?;
        let written = write_all(&mut transaction, orders).await;
        transaction.end(written).await
    }
}

async fn write_all(transaction: &mut SqlTransaction, orders: &[DisconnectOrder]) -> Result<(), Failure> {
    for DisconnectOrder { message, delay, announcement } in orders {
        outbox::write(transaction, message, *delay).await?;
        event::write(transaction, announcement.as_ref()).await?;
    }
    Ok(())
}

fn owner_of(filter: &RevokeFilter) -> Option<String> {
    filter.owner.as_ref().map(|owner| owner.key().as_str().to_owned())
}

fn values<'v>(filter: &'v RevokeFilter, owner: Option<&'v str>) -> [(&'static str, Value<'v>); 4] {
    [
        ("provider", filter.provider.as_ref().map(ProviderKey::as_str).into()),
        ("organization", filter.organization.as_ref().map(AsRef::as_ref).into()),
        ("owner", owner.into()),
        ("before", filter.connected_before.map(|before| before.timestamp_millis()).into()),
    ]
}
