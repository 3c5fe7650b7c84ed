use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{
    Action, Ledger, LedgerEntry, LedgerId, LedgerRecord, Owner, Refusal, StoreError,
    store::{Completion, LedgerFilter},
};

use crate::{
    SqlStore, connect::millis, entity::AFTER_ALL_IDS, row::Record, statement::Statement, value::Value,
};

static APPEND: Statement = Statement::new(
    "INSERT INTO ledger (id, owner_key, organization_id, user_id, ts_ms, action, outcome, refusal, rule, profile_id, \
     thread_id, tool, provider, integration_id, details, latency_ms, bytes_out, truncated, provider_status, \
     provider_request_id, token_refreshed) \
     VALUES (:id, :owner, :organization, :user, {now}, :action, :outcome, :refusal, :rule, :profile, \
     :thread, :tool, :provider, :integration, :details, :latency, :bytes, :truncated, :status, :request, :refreshed)",
);

pub(crate) static COMPLETE: Statement = Statement::new(
    "UPDATE ledger SET outcome = :outcome, latency_ms = :latency, bytes_out = :bytes, truncated = :truncated, \
     provider_status = :status, provider_request_id = :request, token_refreshed = :refreshed WHERE id = :id AND outcome = 'started'",
);

// A part of the filter that is not asked for is compared with itself.
pub(crate) static ENTRIES: Statement = Statement::selecting(
    LedgerRecord::COLUMNS,
    "SELECT {columns} FROM ledger WHERE owner_key = :owner AND id < :before \
     AND action = COALESCE(:action, action) ORDER BY id DESC LIMIT :limit",
);

pub(crate) static ENTRIES_OF_INTEGRATION: Statement = Statement::selecting(
    LedgerRecord::COLUMNS,
    "SELECT {columns} FROM ledger WHERE owner_key = :owner AND integration_id = :integration AND id < :before \
     AND action = COALESCE(:action, action) ORDER BY id DESC LIMIT :limit",
);

pub(crate) static ENTRIES_OF_THREAD: Statement = Statement::selecting(
    LedgerRecord::COLUMNS,
    "SELECT {columns} FROM ledger WHERE owner_key = :owner AND thread_id = :thread AND id < :before \
     AND COALESCE(integration_id, '') = COALESCE(:integration, integration_id, '') \
     AND action = COALESCE(:action, action) ORDER BY id DESC LIMIT :limit",
);

// The inner query stands in a FROM, as MySQL deletes from no table that it selects from.
pub(crate) static REAP: Statement = Statement::new(
    "DELETE FROM ledger WHERE ts_ms <= {now_once} - :age AND id IN \
     (SELECT id FROM (SELECT id FROM ledger WHERE ts_ms <= {now_once} - :age ORDER BY ts_ms LIMIT :limit{skip_locked}) AS old)",
);

/// The columns of how a call ended.
fn of_end(ended: Option<&Completion>) -> [(&'static str, Value<'_>); 6] {
    let bytes = ended.map(|ended| i64::try_from(ended.bytes_out).unwrap_or(i64::MAX));
    [
        ("latency", ended.map(|ended| millis(ended.latency)).into()),
        ("bytes", bytes.into()),
        ("truncated", ended.map(|ended| ended.truncated).into()),
        ("status", ended.and_then(|ended| ended.provider_status).map(i64::from).into()),
        ("request", ended.and_then(|ended| ended.provider_request_id.as_deref()).into()),
        ("refreshed", ended.map(|ended| ended.token_refreshed).into()),
    ]
}

#[async_trait]
impl Ledger for SqlStore {
    async fn append(&self, entry: LedgerEntry) -> Result<(), StoreError> {
        let (id, owner) = (entry.id.to_string(), entry.owner.key());
        let integration = entry.integration.map(|id| id.to_string());
        let rule = entry.refusal.map(|refusal| refusal.rule().to_string());
        let details = serde_json::to_string(&entry.details)
            .map_err(|_| StoreError::Backend { code: "details".to_owned() })?;
        let [latency, bytes, truncated, status, request, refreshed] = of_end(entry.ended.as_ref());
        let values = [
            latency,
            bytes,
            truncated,
            status,
            request,
            refreshed,
            ("id", Value::from(&id)),
            ("owner", owner.as_str().into()),
            ("organization", entry.owner.organization().map(AsRef::as_ref).into()),
            ("user", entry.owner.user_id().as_str().into()),
            ("action", entry.action.as_str().into()),
            ("outcome", entry.outcome.as_str().into()),
            ("refusal", entry.refusal.map(Refusal::as_str).into()),
            ("rule", rule.as_deref().into()),
            ("profile", entry.profile.as_ref().map(AsRef::as_ref).into()),
            ("thread", entry.thread.as_ref().map(AsRef::as_ref).into()),
            ("tool", entry.tool.as_ref().map(AsRef::as_ref).into()),
            ("provider", entry.provider.as_ref().map(AsRef::as_ref).into()),
            ("integration", integration.as_deref().into()),
            ("details", Value::from(&details)),
        ];
        match self.writer().await?.execute(&APPEND, &values).await {
            Err(StoreError::Conflict) => Ok(()),
            result => result.map(drop),
        }
    }

    async fn complete_entry(&self, id: LedgerId, completion: Completion) -> Result<bool, StoreError> {
        let id = id.to_string();
        let [latency, bytes, truncated, status, request, refreshed] = of_end(Some(&completion));
        let values = [
            latency,
            bytes,
            truncated,
            status,
            request,
            refreshed,
            ("id", Value::from(&id)),
            ("outcome", completion.outcome.as_str().into()),
        ];
        self.write_one(&COMPLETE, &values).await
    }

    async fn entries(
        &self,
        owner: &Owner,
        filter: &LedgerFilter,
        before: Option<LedgerId>,
        limit: u32,
    ) -> Result<Vec<LedgerRecord>, StoreError> {
        let owner = owner.key();
        let before = before.map_or_else(|| AFTER_ALL_IDS.to_owned(), |id| id.to_string());
        let integration = filter.integration.map(|id| id.to_string());
        let values = [
            ("owner", owner.as_str().into()),
            ("thread", filter.thread.as_ref().map(AsRef::as_ref).into()),
            ("integration", integration.as_deref().into()),
            ("action", filter.action.map(Action::as_str).into()),
            ("before", Value::from(&before)),
            ("limit", i64::from(limit).into()),
        ];
        let statement = match (&filter.thread, filter.integration) {
            (Some(_), _) => &ENTRIES_OF_THREAD,
            (None, Some(_)) => &ENTRIES_OF_INTEGRATION,
            (None, None) => &ENTRIES,
        };
        self.reader().await?.fetch(statement, &values).await
    }

    async fn reap_entries(&self, age: Duration, limit: u32) -> Result<u64, StoreError> {
        let values = [("age", millis(age).into()), ("limit", i64::from(limit).into())];
        self.writer().await?.execute(&REAP, &values).await
    }
}
