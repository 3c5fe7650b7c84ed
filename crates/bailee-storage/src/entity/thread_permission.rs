use bailee_core::{StoreError, ThreadPermissions, store::ThreadGrant};

use crate::row::{Cells, Columns, Record};

impl Record for ThreadGrant {
    const TABLE: &'static str = "thread_permissions";
    const COLUMNS: &'static [&'static str] = &["thread_id", "flags", "version"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        cells.text()?;
        let flags = u8::try_from(cells.int()?).ok().and_then(ThreadPermissions::from_bits);
        let permissions = flags.ok_or_else(|| cells.inconsistent())?;
        Ok(Self { permissions, version: cells.int()? })
    }
}
