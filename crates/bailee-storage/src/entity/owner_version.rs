use bailee_core::StoreError;

use crate::row::{Cells, Columns, Record};

/// A row of `owner_versions`.
pub(crate) struct OwnerVersion {
    pub(crate) owner_key: String,
    pub(crate) version: i64,
}

impl Record for OwnerVersion {
    const TABLE: &'static str = "owner_versions";
    const COLUMNS: &'static [&'static str] = &["owner_key", "version"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self { owner_key: cells.text()?, version: cells.int()? })
    }
}
