use std::{cmp::Reverse, time::Duration};

use async_trait::async_trait;

use bailee_core::{
    IntegrationId, KeyId, Maintenance, ProviderKey, StoreError,
    store::{Backlog, CredentialRow, KeyCount, Resealed, SealedCredential, SealedTable},
};

use crate::{
    SqlStore,
    connect::millis,
    entity::{NextKey, OfKey, OfKeyColumn, key_counts},
    reseal::{Reseal, reseal},
    row::Record,
    statement::Statement,
    value::Value,
};

pub(crate) static DUE_FOR_REFRESH: Statement = Statement::selecting(
    CredentialRow::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE provider = :provider AND lifecycle = 'connected' \
     AND refreshable = :yes AND access_expires_ms < {now_once} + :margin \
     AND next_refresh_ms <= {now_once} AND lease_until_ms <= {now_once} ORDER BY access_expires_ms, id LIMIT :limit",
);

// The inner query stands in a FROM, as MySQL deletes from no table that it selects from. Rows that another worker is
// about to delete are left to it, where the engine can.
pub(crate) static REAP_FLOWS: Statement = Statement::new(
    "DELETE FROM oauth_flows WHERE expires_ms <= {now_once} AND id IN \
     (SELECT id FROM (SELECT id FROM oauth_flows WHERE expires_ms <= {now_once} ORDER BY expires_ms LIMIT :limit{skip_locked}) AS expired)",
);

pub(crate) static REAP_REQUESTS: Statement = Statement::new(
    "DELETE FROM connect_requests WHERE expires_ms <= {now_once} AND id IN \
     (SELECT id FROM (SELECT id FROM connect_requests WHERE expires_ms <= {now_once} ORDER BY expires_ms LIMIT :limit{skip_locked}) \
     AS expired)",
);

pub(crate) static REAP_RUNS: Statement = Statement::new(
    "DELETE FROM agent_runs WHERE expires_ms <= {now_once} AND id IN \
     (SELECT id FROM (SELECT id FROM agent_runs WHERE expires_ms <= {now_once} ORDER BY expires_ms LIMIT :limit{skip_locked}) AS expired)",
);

// Its claim is a row's only name of one column.
pub(crate) static REAP_RESULTS: Statement = Statement::new(
    "DELETE FROM idempotency_keys WHERE expires_ms <= {now_once} AND claim IN \
     (SELECT claim FROM (SELECT claim FROM idempotency_keys WHERE expires_ms <= {now_once} ORDER BY expires_ms \
     LIMIT :limit{skip_locked}) AS expired)",
);

pub(crate) static REAP_EVENTS: Statement = Statement::new(
    "DELETE FROM seen_events WHERE expires_ms <= {now_once} AND event IN \
     (SELECT event FROM (SELECT event FROM seen_events WHERE expires_ms <= {now_once} ORDER BY expires_ms LIMIT :limit{skip_locked}) \
     AS expired)",
);

// One after the other, as a `GROUP BY` reads a whole index to find a handful of keys.
pub(crate) static NEXT_KEY: Statement =
    Statement::selecting(NextKey::COLUMNS, "SELECT {columns} FROM user_integrations WHERE key_id > :after");

pub(crate) static NEWEST_OF_KEY: Statement = Statement::selecting(
    CredentialRow::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE key_id = :key ORDER BY id DESC LIMIT 1",
);

pub(crate) static BACKLOG: Statement = Statement::selecting(Backlog::COLUMNS, "SELECT {columns} FROM outbox");

pub(crate) static EVENT_BACKLOG: Statement =
    Statement::selecting(Backlog::COLUMNS, "SELECT {columns} FROM event_outbox");

pub(crate) static INTEGRATIONS_BY_KEY: Statement =
    Statement::selecting(OfKeyColumn::COLUMNS, "SELECT {columns} FROM user_integrations GROUP BY key_id");

pub(crate) static SECRETS_BY_KEY: Statement =
    Statement::selecting(OfKeyColumn::COLUMNS, "SELECT {columns} FROM user_secrets GROUP BY key_id");

// What does not live long has no column for its key, and needs none: every record names it.
static CALLS_BY_KEY: Statement = Statement::selecting(
    OfKey::COLUMNS,
    "SELECT {columns} FROM (SELECT SUBSTR(secret, 3, 8) AS kid FROM idempotency_keys WHERE secret IS NOT NULL) AS sealed \
     GROUP BY kid",
);

static FLOWS_BY_KEY: Statement = Statement::selecting(
    OfKey::COLUMNS,
    "SELECT {columns} FROM (SELECT SUBSTR(verifier, 3, 8) AS kid FROM oauth_flows \
     UNION ALL SELECT SUBSTR(parked_code, 3, 8) FROM oauth_flows WHERE parked_code IS NOT NULL) AS sealed GROUP BY kid",
);

static MESSAGES_BY_KEY: Statement = Statement::selecting(
    OfKey::COLUMNS,
    "SELECT {columns} FROM (SELECT SUBSTR(secret, 3, 8) AS kid FROM outbox WHERE secret IS NOT NULL) AS sealed \
     GROUP BY kid",
);

pub(crate) static RECORDS_OF_KEY: Statement = Statement::selecting(
    SealedCredential::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE key_id = :key AND id > :after ORDER BY id LIMIT :limit",
);

pub(crate) static REWRAP: Reseal = reseal!("user_integrations");

#[async_trait]
impl Maintenance for SqlStore {
    async fn due_for_refresh(
        &self,
        provider: &ProviderKey,
        margin: Duration,
        limit: u32,
    ) -> Result<Vec<CredentialRow>, StoreError> {
        let values = [
            ("provider", Value::from(provider.as_str())),
            ("yes", true.into()),
            ("margin", millis(margin).into()),
            ("limit", i64::from(limit).into()),
        ];
        self.reader().await?.fetch(&DUE_FOR_REFRESH, &values).await
    }

    async fn reap_expired(&self, limit: u32) -> Result<u64, StoreError> {
        let values = [("limit", i64::from(limit).into())];
        let mut reaped = 0;
        for statement in [&REAP_FLOWS, &REAP_REQUESTS, &REAP_RUNS, &REAP_RESULTS, &REAP_EVENTS] {
            reaped += self.writer().await?.execute(statement, &values).await?;
        }
        Ok(reaped)
    }

    async fn sample_records(&self, limit: u32) -> Result<Vec<CredentialRow>, StoreError> {
        let (mut newest, mut after) = (Vec::new(), String::new());
        while let Some(NextKey(Some(key))) =
            self.read_one(&NEXT_KEY, &[("after", Value::from(&after))]).await?
        {
            newest
                .extend(self.read_one::<CredentialRow>(&NEWEST_OF_KEY, &[("key", Value::from(&key))]).await?);
            after = key;
        }
        newest.sort_unstable_by_key(|row| Reverse(row.id));
        newest.truncate(limit as usize);
        Ok(newest)
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let mut sum = Backlog::default();
        for statement in [&BACKLOG, &EVENT_BACKLOG] {
            let found: Option<Backlog> = self.read_one(statement, &[]).await?;
            let Backlog { waiting, overdue } = found.unwrap_or_default();
            sum = Backlog { waiting: sum.waiting + waiting, overdue: sum.overdue.max(overdue) };
        }
        Ok(sum)
    }

    async fn records_by_key(&self) -> Result<Vec<KeyCount>, StoreError> {
        let reader = self.reader().await?;
        let mut counts = Vec::new();
        for (table, statement) in [
            (SealedTable::Calls, &CALLS_BY_KEY),
            (SealedTable::Flows, &FLOWS_BY_KEY),
            (SealedTable::Messages, &MESSAGES_BY_KEY),
        ] {
            counts.extend(key_counts(table, reader.fetch::<OfKey>(statement, &[]).await?));
        }
        for (table, statement) in
            [(SealedTable::Integrations, &INTEGRATIONS_BY_KEY), (SealedTable::Secrets, &SECRETS_BY_KEY)]
        {
            let rows: Vec<OfKeyColumn> = reader.fetch(statement, &[]).await?;
            counts.extend(key_counts(table, rows.into_iter().map(|row| row.0)));
        }
        counts.sort_unstable();
        Ok(counts)
    }

    async fn records_of_key(
        &self,
        key: KeyId,
        after: Option<IntegrationId>,
        limit: u32,
    ) -> Result<Vec<SealedCredential>, StoreError> {
        let (key, after) = (key.to_string(), after.map(|id| id.to_string()).unwrap_or_default());
        let values =
            [("key", Value::from(&key)), ("after", Value::from(&after)), ("limit", i64::from(limit).into())];
        self.reader().await?.fetch(&RECORDS_OF_KEY, &values).await
    }

    async fn rewrap(&self, from: KeyId, page: Vec<Resealed<IntegrationId>>) -> Result<u64, StoreError> {
        self.reseal(&REWRAP, from, &page).await
    }
}
