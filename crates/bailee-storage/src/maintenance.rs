use std::{fmt::Display, time::Duration};

use async_trait::async_trait;

use bailee_core::{
    IntegrationId, KeyId, Maintenance, ProviderKey, StoreError,
    store::{Backlog, CredentialRow, KeyCount, Resealed, SealedTable},
};

use crate::{
    SqlStore,
    connect::millis,
    entity::{Due, OfKey, OfKeyColumn, key_counts},
    error::Failure,
    row::Record,
    statement::{Statement, Value},
    transaction::SqlTransaction,
};

/// The names of as many providers as one statement asks for.
const PROVIDERS: [&str; 8] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];

pub(crate) static DUE_FOR_REFRESH: Statement = Statement::selecting(
    Due::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE lifecycle = 'connected' AND access_expires_ms < {now} + :margin \
     AND refreshable = :yes AND next_refresh_ms <= {now} \
     AND provider IN (:p0, :p1, :p2, :p3, :p4, :p5, :p6, :p7) ORDER BY access_expires_ms, id LIMIT :limit",
);

// The inner query stands in a FROM, as MySQL deletes from no table that it selects from.
pub(crate) static REAP_FLOWS: Statement = Statement::new(
    "DELETE FROM oauth_flows WHERE expires_ms <= {now} AND id IN \
     (SELECT id FROM (SELECT id FROM oauth_flows WHERE expires_ms <= {now} ORDER BY expires_ms LIMIT :limit) AS expired)",
);

pub(crate) static REAP_REQUESTS: Statement = Statement::new(
    "DELETE FROM connect_requests WHERE expires_ms <= {now} AND id IN \
     (SELECT id FROM (SELECT id FROM connect_requests WHERE expires_ms <= {now} ORDER BY expires_ms LIMIT :limit) \
     AS expired)",
);

pub(crate) static REAP_RUNS: Statement = Statement::new(
    "DELETE FROM agent_runs WHERE expires_ms <= {now} AND id IN \
     (SELECT id FROM (SELECT id FROM agent_runs WHERE expires_ms <= {now} ORDER BY expires_ms LIMIT :limit) AS expired)",
);

// Its claim is a row's only name of one column.
pub(crate) static REAP_RESULTS: Statement = Statement::new(
    "DELETE FROM idempotency_keys WHERE expires_ms <= {now} AND claim IN \
     (SELECT claim FROM (SELECT claim FROM idempotency_keys WHERE expires_ms <= {now} ORDER BY expires_ms \
     LIMIT :limit) AS expired)",
);

pub(crate) static REAP_EVENTS: Statement = Statement::new(
    "DELETE FROM seen_events WHERE expires_ms <= {now} AND event IN \
     (SELECT event FROM (SELECT event FROM seen_events WHERE expires_ms <= {now} ORDER BY expires_ms LIMIT :limit) \
     AS expired)",
);

pub(crate) static SAMPLE: Statement = Statement::selecting(
    CredentialRow::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE id IN (SELECT MAX(id) FROM user_integrations GROUP BY key_id) \
     ORDER BY id DESC LIMIT :limit",
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
    CredentialRow::COLUMNS,
    "SELECT {columns} FROM user_integrations WHERE key_id = :key AND id > :after ORDER BY id LIMIT :limit",
);

pub(crate) static REWRAP: Statement = Statement::new(
    "UPDATE user_integrations SET secret = :secret, key_id = :key \
     WHERE id = :id AND secret_epoch = :seen AND key_id = :from",
);

#[async_trait]
impl Maintenance for SqlStore {
    async fn due_for_refresh(
        &self,
        providers: &[ProviderKey],
        margin: Duration,
        limit: u32,
    ) -> Result<Vec<IntegrationId>, StoreError> {
        let reader = self.reader().await?;
        let mut due: Vec<Due> = Vec::new();
        for some in providers.chunks(PROVIDERS.len()) {
            // No provider is called ''.
            let names = some.iter().map(ProviderKey::as_str).chain(std::iter::repeat(""));
            let mut values: Vec<(&'static str, Value<'_>)> =
                PROVIDERS.into_iter().zip(names.map(Value::from)).collect();
            values.push(("margin", millis(margin).into()));
            values.push(("yes", true.into()));
            values.push(("limit", i64::from(limit).into()));
            due.append(&mut reader.fetch(&DUE_FOR_REFRESH, &values).await?);
        }
        due.sort_unstable_by_key(|due| (due.expires_ms, due.id));
        due.dedup_by_key(|due| due.id);
        Ok(due.into_iter().take(limit as usize).map(|due| due.id).collect())
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
        let values = [("limit", i64::from(limit).into())];
        self.reader().await?.fetch(&SAMPLE, &values).await
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
    ) -> Result<Vec<CredentialRow>, StoreError> {
        let (key, after) = (key.to_string(), after.map(|id| id.to_string()).unwrap_or_default());
        let values =
            [("key", Value::from(&key)), ("after", Value::from(&after)), ("limit", i64::from(limit).into())];
        self.reader().await?.fetch(&RECORDS_OF_KEY, &values).await
    }

    async fn rewrap(&self, from: KeyId, page: Vec<Resealed<IntegrationId>>) -> Result<u64, StoreError> {
        self.reseal(&REWRAP, from, &page).await
    }
}

impl SqlStore {
    /// Writes a page of records that were sealed again, at one commit.
    pub(crate) async fn reseal<Id: Display + Sync>(
        &self,
        statement: &'static Statement,
        from: KeyId,
        page: &[Resealed<Id>],
    ) -> Result<u64, StoreError> {
        match self.try_reseal(statement, from, page).await {
            Err(Failure::Contended) => {}
            result => return Ok(result?),
        }
        Ok(self.try_reseal(statement, from, page).await?)
    }

    async fn try_reseal<Id: Display + Sync>(
        &self,
        statement: &'static Statement,
        from: KeyId,
        page: &[Resealed<Id>],
    ) -> Result<u64, Failure> {
        let mut transaction = self.writer().await?.begin().await?;
        let written = write_page(&mut transaction, statement, from, page).await;
        transaction.end(written).await
    }
}

async fn write_page<Id: Display + Sync>(
    transaction: &mut SqlTransaction,
    statement: &'static Statement,
    from: KeyId,
    page: &[Resealed<Id>],
) -> Result<u64, Failure> {
    let from = from.to_string();
    let mut written = 0;
    for Resealed { id, secret_epoch, sealed } in page {
        let (id, key) = (id.to_string(), sealed.key.to_string());
        let values = [
            ("id", Value::from(&id)),
            ("seen", (*secret_epoch).into()),
            ("from", Value::from(&from)),
            ("secret", Value::from(&sealed.bytes)),
            ("key", Value::from(&key)),
        ];
        written += transaction.execute(statement, &values).await?;
    }
    Ok(written)
}
