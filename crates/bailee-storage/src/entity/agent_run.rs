use bailee_core::{Caller, Effect, Effects, ProfileId, Run, StoreError, ThreadId};

use super::owner;
use crate::row::{Cells, Columns, Record};

impl Record for Run {
    const TABLE: &'static str = "agent_runs";
    const COLUMNS: &'static [&'static str] =
        &["id", "organization_id", "user_id", "profile_id", "thread_id", "effects", "expires_ms"];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        let id = cells.parsed(str::parse)?;
        let owner = owner(cells)?;
        let profile = cells.parsed(ProfileId::new)?;
        let thread = cells.parsed_or_null(ThreadId::new)?;
        let caller = match thread {
            None => Caller::own(owner, profile),
            Some(thread) => Caller::counterpart(owner, profile, thread),
        };
        let caller = caller.map_err(|_| cells.inconsistent())?;
        let effects = effects(cells.int()?).ok_or_else(|| cells.inconsistent())?;
        Ok(Self { id, caller: caller.with_effects(effects), expires_at: cells.moment()? })
    }
}

/// Of column `effects`: 1 reads, 2 writes.
const fn effects(bits: i64) -> Option<Effects> {
    match bits {
        0 => Some(Effects::NONE),
        1 => Some(Effects::NONE.and(Effect::Read)),
        2 => Some(Effects::NONE.and(Effect::Write)),
        3 => Some(Effects::NONE.and(Effect::Read).and(Effect::Write)),
        _ => None,
    }
}
