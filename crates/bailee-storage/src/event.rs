//! Events on their way, one row for each sink.

use std::time::Duration;

use async_trait::async_trait;

use bailee_core::{Announcement, EventId, EventItem, EventOutbox, Lifecycle, SinkName, Status, StoreError};

use crate::{
    SqlStore,
    connect::millis,
    credential::SAVE,
    entity::{EventRow, RowState},
    error::Failure,
    integration::SET_STATUS,
    row::Record,
    statement::Statement,
    transaction::SqlTransaction,
    value::{Value, Values},
    version::{RAISE, write_and_raise},
};

static ADD: Statement = Statement::new(
    "INSERT INTO event_outbox (sink, id, event, created_ms, due_ms, attempts, claim) \
     VALUES (:sink, :id, :event, {now}, {now}, 0, NULL)",
);

pub(crate) static DUE: Statement = Statement::selecting(
    EventRow::COLUMNS,
    "SELECT {columns} FROM event_outbox WHERE sink = :sink AND due_ms <= {now_once} ORDER BY due_ms, id LIMIT :limit",
);

// As in the outbox, a claim puts off the moment at which the event is due.
pub(crate) static CLAIM: Statement = Statement::new(
    "UPDATE event_outbox SET claim = :claim, due_ms = {now} + :duration \
     WHERE sink = :sink AND id = :id AND due_ms = :seen AND attempts = :attempts AND due_ms <= {now}",
);

pub(crate) static COMPLETE: Statement =
    Statement::new("DELETE FROM event_outbox WHERE sink = :sink AND id = :id");

pub(crate) static POSTPONE: Statement = Statement::new(
    "UPDATE event_outbox SET claim = NULL, due_ms = {now} + :delay, attempts = attempts + 1 \
     WHERE sink = :sink AND id = :id AND claim = :claim",
);

// The inner query stands in a FROM, as MySQL deletes from no table that it selects from.
pub(crate) static REAP: Statement = Statement::new(
    "DELETE FROM event_outbox WHERE created_ms <= {now_once} - :kept AND id IN \
     (SELECT id FROM (SELECT id FROM event_outbox WHERE created_ms <= {now_once} - :kept ORDER BY created_ms LIMIT :limit{skip_locked}) \
     AS old)",
);

#[async_trait]
impl EventOutbox for SqlStore {
    async fn announce(&self, announcement: &Announcement) -> Result<(), StoreError> {
        let (id, event) = texts(announcement)?;
        let writer = self.writer().await?;
        for sink in &announcement.sinks {
            match writer.execute(&ADD, &values(sink, &id, &event)).await {
                Err(StoreError::Conflict) => {}
                result => drop(result?),
            }
        }
        Ok(())
    }

    async fn claim_events(
        &self,
        sink: &SinkName,
        limit: u32,
        claim: [u8; 16],
        duration: Duration,
    ) -> Result<Vec<EventItem>, StoreError> {
        let writer = self.writer().await?;
        let values = [("sink", Value::from(sink.as_str())), ("limit", i64::from(limit).into())];
        let due: Vec<EventRow> = writer.fetch(&DUE, &values).await?;
        let mut claimed = Vec::with_capacity(due.len());
        for row in due {
            let id = row.event.id.to_string();
            let values = [
                ("sink", Value::from(sink.as_str())),
                ("id", Value::from(&id)),
                ("seen", row.due_ms.into()),
                ("attempts", row.attempts.into()),
                ("claim", Value::from(&claim)),
                ("duration", millis(duration).into()),
            ];
            if writer.execute(&CLAIM, &values).await? == 1 {
                claimed.push(row.claimed());
            }
        }
        Ok(claimed)
    }

    async fn complete_event(&self, sink: &SinkName, id: EventId) -> Result<(), StoreError> {
        let id = id.to_string();
        let values = [("sink", Value::from(sink.as_str())), ("id", Value::from(&id))];
        self.write_one(&COMPLETE, &values).await.map(drop)
    }

    async fn postpone_event(
        &self,
        sink: &SinkName,
        id: EventId,
        claim: [u8; 16],
        delay: Duration,
    ) -> Result<bool, StoreError> {
        let id = id.to_string();
        let values = [
            ("sink", Value::from(sink.as_str())),
            ("id", Value::from(&id)),
            ("claim", Value::from(&claim)),
            ("delay", millis(delay).into()),
        ];
        self.write_one(&POSTPONE, &values).await
    }

    async fn reap_unclaimed_events(&self, kept: Duration, limit: u32) -> Result<u64, StoreError> {
        let values = [("kept", millis(kept).into()), ("limit", i64::from(limit).into())];
        self.writer().await?.execute(&REAP, &values).await
    }
}

/// Writes an event as a part of a transaction.
pub(crate) async fn write(
    transaction: &mut SqlTransaction,
    announcement: Option<&Announcement>,
) -> Result<(), Failure> {
    let Some(announcement) = announcement else { return Ok(()) };
    let (id, event) = texts(announcement)?;
    for sink in &announcement.sinks {
        transaction.execute(&ADD, &values(sink, &id, &event)).await?;
    }
    Ok(())
}

// Locks the row until the transaction ends, on every engine alike, so that what is read of it stays true.
pub(crate) static LOCK: Statement =
    Statement::new("UPDATE user_integrations SET version = version WHERE id = :id");

pub(crate) static STATE: Statement =
    Statement::selecting(RowState::COLUMNS, "SELECT {columns} FROM user_integrations WHERE id = :id");

impl SqlStore {
    /// Writes at most one row, and what is announced of it. Tells whether it did.
    pub(crate) async fn write_and_announce(
        &self,
        statement: &'static Statement,
        values: Values<'_>,
        announcement: &Announcement,
    ) -> Result<bool, StoreError> {
        let attempt = || async {
            let mut transaction = self.writer().await?.begin().await?;
            let written = match transaction.execute(statement, values).await {
                Ok(rows) if rows > 0 => write(&mut transaction, Some(announcement)).await.map(|()| true),
                other => other.map(|_| false),
            };
            transaction.end(written).await
        };
        twice(attempt).await
    }

    /// Writes a verdict; what is announced goes with it only where the status is another one.
    pub(crate) async fn judge_and_announce(
        &self,
        status: Status,
        values: Values<'_>,
        announcement: &Announcement,
    ) -> Result<bool, StoreError> {
        let attempt = || async {
            let mut transaction = self.writer().await?.begin().await?;
            let written = match state(&mut transaction, values).await {
                Ok(before) => {
                    let changed = before.is_some_and(|before| before.status != status);
                    let announcement = changed.then_some(announcement);
                    write_and_raise(&mut transaction, &SET_STATUS, &RAISE, values, announcement).await
                }
                Err(failure) => Err(failure),
            };
            transaction.end(written).await
        };
        twice(attempt).await
    }

    /// Writes a refreshed credential; what is announced goes by what the row was.
    pub(crate) async fn save_and_announce(
        &self,
        values: Values<'_>,
        (refreshed, recovered): (Option<&Announcement>, Option<&Announcement>),
    ) -> Result<bool, StoreError> {
        let attempt = || async {
            let mut transaction = self.writer().await?.begin().await?;
            let written = match state(&mut transaction, values).await {
                Ok(before) => {
                    let announcement = match before.map(|before| before.lifecycle) {
                        Some(Lifecycle::Connected) => refreshed,
                        Some(Lifecycle::NeedsReconnect) => recovered,
                        Some(Lifecycle::Disconnecting) | None => None,
                    };
                    save(&mut transaction, values, announcement).await
                }
                Err(failure) => Err(failure),
            };
            transaction.end(written).await
        };
        twice(attempt).await
    }
}

/// Once more where another transaction stood in the way.
async fn twice<T, F>(attempt: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, Failure>>,
{
    match attempt().await {
        Err(Failure::Contended) => {}
        result => return Ok(result?),
    }
    Ok(attempt().await?)
}

async fn save(
    transaction: &mut SqlTransaction,
    values: Values<'_>,
    announcement: Option<&Announcement>,
) -> Result<bool, Failure> {
    if transaction.execute(&SAVE, values).await? == 0 {
        return Ok(false);
    }
    write(transaction, announcement).await?;
    Ok(true)
}

/// What the row is, until the transaction ends.
async fn state(transaction: &mut SqlTransaction, values: Values<'_>) -> Result<Option<RowState>, Failure> {
    transaction.execute(&LOCK, values).await?;
    Ok(transaction.fetch(&STATE, values).await?.pop())
}

fn texts(announcement: &Announcement) -> Result<(String, String), Failure> {
    let event = serde_json::to_string(&announcement.event).map_err(|_| Failure::refused("event"))?;
    Ok((announcement.event.id.to_string(), event))
}

fn values<'v>(sink: &'v SinkName, id: &'v str, event: &'v str) -> [(&'static str, Value<'v>); 3] {
    [("sink", sink.as_str().into()), ("id", id.into()), ("event", event.into())]
}
