use bailee_core::{ProfileId, ProfileIds, Scope, StoreError};
use serde_json::Value;

use crate::row::{Cells, Columns};

/// Columns `scope`, `profile_ids`.
pub(super) fn scope<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Scope, StoreError> {
    let all = cells.parsed(|word| match word {
        "all" => Ok(true),
        "agents" => Ok(false),
        _ => Err(()),
    })?;
    let profiles = cells.parsed(serde_json::from_str::<Vec<ProfileId>>)?;
    if all {
        return Ok(Scope::All);
    }
    ProfileIds::new(profiles).map(Scope::Agents).map_err(|_| cells.inconsistent())
}

/// For column `scope`.
pub(crate) const fn scope_word(scope: &Scope) -> &'static str {
    match scope {
        Scope::Agents(_) => "agents",
        Scope::All => "all",
    }
}

/// For column `profile_ids`.
pub(crate) fn profiles_text(scope: &Scope) -> String {
    match scope {
        Scope::Agents(profiles) => {
            let profiles = profiles.iter().map(|profile| Value::from(profile.as_str()));
            Value::Array(profiles.collect()).to_string()
        }
        Scope::All => "[]".to_owned(),
    }
}
