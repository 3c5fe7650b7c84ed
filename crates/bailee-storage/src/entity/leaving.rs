use bailee_core::{
    ProviderKey, StoreError,
    store::{Leaving, Matching},
};

use super::owner;
use crate::row::{Cells, Columns, Record};

const TABLE: &str = "user_integrations";

impl Record for Leaving {
    const TABLE: &'static str = TABLE;
    const COLUMNS: &'static [&'static str] = &["id", "organization_id", "user_id", "provider"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            owner: owner(cells)?,
            provider: cells.parsed(ProviderKey::new)?,
        })
    }
}

/// How many rows a filter matches.
pub(crate) struct MatchingRows(pub(crate) Matching);

impl Record for MatchingRows {
    const TABLE: &'static str = TABLE;
    const COLUMNS: &'static [&'static str] = &[
        "COUNT(CASE WHEN lifecycle <> 'disconnecting' THEN 1 END)",
        "COUNT(CASE WHEN lifecycle = 'disconnecting' THEN 1 END)",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        let mut count = || u64::try_from(cells.int()?).map_err(|_| cells.inconsistent());
        Ok(Self(Matching { there: count()?, leaving: count()? }))
    }
}
