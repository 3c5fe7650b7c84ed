use bailee_core::StoreError;

use crate::row::{Cells, Columns, Record};

/// A row of `idempotency_keys`: what became of a call.
pub(crate) struct Before {
    pub(crate) age_ms: i64,
    pub(crate) result: Option<Vec<u8>>,
}

impl Record for Before {
    const TABLE: &'static str = "idempotency_keys";
    const COLUMNS: &'static [&'static str] = &["tool", "{now} - begun_ms", "secret"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        cells.text()?;
        Ok(Self { age_ms: cells.int()?, result: cells.bytes_or_null()? })
    }
}
