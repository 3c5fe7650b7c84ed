use bailee_core::{Action, LedgerRecord, Outcome, ProfileId, ProviderKey, StoreError, ThreadId, ToolName};

use crate::row::{Cells, Columns, Record};

impl Record for LedgerRecord {
    const TABLE: &'static str = "ledger";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "ts_ms",
        "action",
        "outcome",
        "refusal",
        "rule",
        "profile_id",
        "thread_id",
        "tool",
        "provider",
        "integration_id",
        "details",
        "latency_ms",
        "bytes_out",
        "truncated",
        "provider_status",
        "provider_request_id",
        "token_refreshed",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            at: cells.moment()?,
            action: cells.parsed(Action::parse)?,
            outcome: cells.parsed(Outcome::parse)?,
            refusal: cells.text_or_null()?,
            rule: cells.text_or_null()?,
            profile: cells.parsed_or_null(ProfileId::new)?,
            thread: cells.parsed_or_null(ThreadId::new)?,
            tool: cells.parsed_or_null(ToolName::new)?,
            provider: cells.parsed_or_null(ProviderKey::new)?,
            integration: cells.parsed_or_null(str::parse)?,
            details: cells.parsed(serde_json::from_str)?,
            latency_ms: cells.int_or_null()?,
            bytes_out: cells.int_or_null()?,
            truncated: cells.flag_or_null()?,
            provider_status: provider_status(cells)?,
            provider_request_id: cells.text_or_null()?,
            token_refreshed: cells.flag_or_null()?,
        })
    }
}

/// Column `provider_status`.
fn provider_status<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Option<u16>, StoreError> {
    let status = cells.int_or_null()?;
    status.map(|status| u16::try_from(status).map_err(|_| cells.inconsistent())).transpose()
}
