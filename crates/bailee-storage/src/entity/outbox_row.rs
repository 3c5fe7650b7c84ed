use std::time::Duration;

use bailee_core::{ClientId, OutboxItem, OutboxJob, OutboxMessage, ProviderKey, StoreError, store::Backlog};

use super::{account, owner};
use crate::row::{Cells, Columns, Record};

/// A row of `outbox` that is due.
pub(crate) struct OutboxRow {
    pub(crate) message: OutboxMessage,
    pub(crate) age_ms: i64,
    pub(crate) due_ms: i64,
    pub(crate) attempts: i64,
}

impl Record for OutboxRow {
    const TABLE: &'static str = "outbox";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "{now} - created_ms",
        "due_ms",
        "attempts",
        "kind",
        "integration_id",
        "organization_id",
        "user_id",
        "provider",
        "client",
        "account_id",
        "account_label",
        "secret",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        let id = cells.parsed(str::parse)?;
        let age_ms = cells.int()?;
        let due_ms = cells.int()?;
        let attempts = cells.int()?;
        let kind = cells.text()?;
        let job = match kind.as_str() {
            "disconnect" => OutboxJob::Disconnect { integration: cells.parsed(str::parse)? },
            "notify" => {
                let integration = cells.parsed(str::parse)?;
                let (owner, provider) = (owner(cells)?, cells.parsed(ProviderKey::new)?);
                for _ in ["client", "account_id", "account_label"] {
                    cells.text_or_null()?;
                }
                OutboxJob::Notify { owner, integration, provider, sealed: cells.bytes()? }
            }
            "revoke_grant" => {
                cells.text_or_null()?;
                OutboxJob::RevokeGrant {
                    owner: owner(cells)?,
                    provider: cells.parsed(ProviderKey::new)?,
                    client: cells.parsed_or_null(ClientId::new)?,
                    account: account(cells)?,
                    sealed: cells.bytes()?,
                }
            }
            _ => return Err(cells.inconsistent()),
        };
        Ok(Self { message: OutboxMessage { id, job }, age_ms, due_ms, attempts })
    }
}

impl OutboxRow {
    pub(crate) fn claimed(self, claim: [u8; 16]) -> OutboxItem {
        OutboxItem {
            message: self.message,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            age_ms: self.age_ms,
            claim,
        }
    }
}

impl Record for Backlog {
    const TABLE: &'static str = "outbox";
    const COLUMNS: &'static [&'static str] = &["COUNT(*)", "{now} - MIN(due_ms)"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        let waiting = u64::try_from(cells.int()?).map_err(|_| cells.inconsistent())?;
        // Below zero: the first one is due in the future.
        let overdue = cells.int_or_null()?.and_then(|ms| u64::try_from(ms).ok());
        Ok(Self { waiting, overdue: overdue.map(Duration::from_millis) })
    }
}
