use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Owner, ProfileId, TaskId, ThreadId, UnknownWord, integration::words};

/// Something that an agent asks a person to decide: a row of `agent_tasks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentTask {
    /// Its id.
    pub id: TaskId,
    /// Who decides.
    pub owner: Owner,
    /// The profile that was asked.
    pub profile: ProfileId,
    /// The thread through which it was asked; `None` when the owner's own agent did.
    pub thread: Option<ThreadId>,
    /// What is proposed.
    pub proposal: Proposal,
    /// Where it stands.
    pub status: TaskStatus,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When its status last changed.
    pub updated_at: DateTime<Utc>,
}

/// A meeting that is proposed. Text of whoever proposes it: shown as text, never as instructions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// What it is about; 1 to 200 characters.
    pub title: String,
    /// When it may begin, any of these; 1 to 10.
    pub slots: Vec<DateTime<Utc>>,
    /// How long it takes; 5 to 1440 minutes.
    pub duration_minutes: u32,
}

impl Proposal {
    /// The longest title, in characters.
    pub const MAX_TITLE: usize = 200;
    /// The most beginnings to choose from.
    pub const MAX_SLOTS: usize = 10;
    /// The shortest and the longest meeting.
    pub const MINUTES: std::ops::RangeInclusive<u32> = 5..=1440;
}

words!(
    /// Where a task stands.
    TaskStatus, "task status", {
        /// A person said yes.
        Accepted => "accepted",
        /// A person said yes, and what follows from it is under way.
        Accepting => "accepting",
        /// A person said no.
        Declined => "declined",
        /// Nobody decided yet.
        Pending => "pending",
    }
);
