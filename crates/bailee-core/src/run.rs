use chrono::{DateTime, Utc};

use crate::{Caller, RunId};

/// One run of an agent that has a credential of its own for it. The credential itself is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// As whom the agent runs: owner, profile, thread and effects are fixed for the run.
    pub caller: Caller,
    /// Until when, by the store's clock. Ignored by `add_run`, which takes a lifetime.
    pub expires_at: DateTime<Utc>,
}
