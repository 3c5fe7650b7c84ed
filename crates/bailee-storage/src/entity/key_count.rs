use bailee_core::{
    KeyId, StoreError,
    store::{KeyCount, SealedTable},
};

use crate::row::{Cells, Columns, Record};

/// How many records of a table a key has sealed, by the eight bytes of the record that name the key.
pub(crate) struct OfKey {
    pub(crate) key: Option<KeyId>,
    pub(crate) records: u64,
}

impl Record for OfKey {
    const TABLE: &'static str = "sealed";
    const COLUMNS: &'static [&'static str] = &["kid", "COUNT(*)"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        let key = cells.bytes_or_null()?.and_then(|bytes| bytes.try_into().ok()).map(KeyId::new);
        Ok(Self { key, records: u64::try_from(cells.int()?).map_err(|_| cells.inconsistent())? })
    }
}

/// The same by the column that names the key.
pub(crate) struct OfKeyColumn(pub(crate) OfKey);

impl Record for OfKeyColumn {
    const TABLE: &'static str = "sealed";
    const COLUMNS: &'static [&'static str] = &["key_id", "COUNT(*)"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        let key = cells.parsed(|text| KeyId::from_hex(text).ok_or(()))?;
        let records = u64::try_from(cells.int()?).map_err(|_| cells.inconsistent())?;
        Ok(Self(OfKey { key: Some(key), records }))
    }
}

/// The first key in use after another one; `None` after the last one.
pub(crate) struct NextKey(pub(crate) Option<String>);

impl Record for NextKey {
    const TABLE: &'static str = "sealed";
    const COLUMNS: &'static [&'static str] = &["MIN(key_id)"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        cells.text_or_null().map(Self)
    }
}

/// The counts of a table, in the order of the keys.
pub(crate) fn key_counts(table: SealedTable, rows: impl IntoIterator<Item = OfKey>) -> Vec<KeyCount> {
    let mut counts: Vec<KeyCount> = Vec::new();
    for OfKey { key, records } in rows {
        match counts.iter_mut().find(|count| count.key == key) {
            // Records too short to name a key differ in their bytes.
            Some(count) => count.records += records,
            None => counts.push(KeyCount { table, key, records }),
        }
    }
    counts.sort_unstable();
    counts
}
