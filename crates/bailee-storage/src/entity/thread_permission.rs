use bailee_core::{StoreError, ThreadId, ThreadPermissions, store::ThreadGrant};

use crate::row::{Cells, Columns, Record};

/// A thread with what is allowed in it.
pub(crate) struct OpenThread {
    pub(crate) id: ThreadId,
    pub(crate) grant: ThreadGrant,
}

impl Record for OpenThread {
    const TABLE: &'static str = ThreadGrant::TABLE;
    const COLUMNS: &'static [&'static str] = ThreadGrant::COLUMNS;

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self { id: cells.parsed(ThreadId::new)?, grant: grant(cells)? })
    }
}

impl Record for ThreadGrant {
    const TABLE: &'static str = "thread_permissions";
    const COLUMNS: &'static [&'static str] = &["thread_id", "flags", "version"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        cells.text()?;
        grant(cells)
    }
}

/// Columns `flags`, `version`.
fn grant<R: Columns>(cells: &mut Cells<'_, R>) -> Result<ThreadGrant, StoreError> {
    let flags = u8::try_from(cells.int()?).ok().and_then(ThreadPermissions::from_bits);
    let permissions = flags.ok_or_else(|| cells.inconsistent())?;
    Ok(ThreadGrant { permissions, version: cells.int()? })
}
