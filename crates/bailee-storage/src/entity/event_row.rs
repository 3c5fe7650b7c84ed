use bailee_core::{Event, EventItem, Lifecycle, Status, StoreError};

use crate::row::{Cells, Columns, Record};

/// A row of `event_outbox` that is due.
pub(crate) struct EventRow {
    pub(crate) event: Event,
    pub(crate) due_ms: i64,
    pub(crate) attempts: i64,
    age_ms: i64,
}

impl Record for EventRow {
    const TABLE: &'static str = "event_outbox";
    const COLUMNS: &'static [&'static str] = &["id", "event", "due_ms", "attempts", "{now} - created_ms"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        cells.text()?;
        Ok(Self {
            event: cells.parsed(serde_json::from_str)?,
            due_ms: cells.int()?,
            attempts: cells.int()?,
            age_ms: cells.int()?,
        })
    }
}

impl EventRow {
    pub(crate) fn claimed(self) -> EventItem {
        EventItem {
            event: self.event,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            age_ms: self.age_ms,
        }
    }
}

/// What a row of `user_integrations` is, for what is announced of a change.
pub(crate) struct RowState {
    pub(crate) lifecycle: Lifecycle,
    pub(crate) status: Status,
}

impl Record for RowState {
    const TABLE: &'static str = "user_integrations";
    const COLUMNS: &'static [&'static str] = &["lifecycle", "status"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self { lifecycle: cells.parsed(Lifecycle::parse)?, status: cells.parsed(Status::parse)? })
    }
}
