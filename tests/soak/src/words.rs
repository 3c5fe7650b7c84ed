use std::collections::BTreeMap;

use bailee_core::StatusReason;
use serde::{Deserialize, Serialize};

/// The variable of the environment with the key ring of a worker.
pub const KEYS: &str = "BAILEE_KEYS";

/// What a worker is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// Which host it is.
    pub host: process_tests::Orders,
    /// How many users there are, `u0` and so on.
    pub users: u32,
    /// How many callers want tokens at once.
    pub callers: u32,
}

/// What the parent tells a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// From now on this is the ring.
    Keys(String),
    /// Seal again what other keys have sealed.
    Rewrap,
}

/// What a worker tells the parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// It has taken the ring over.
    Keyed,
    /// The account of this user must be connected again.
    Lost {
        /// Which user.
        user: u32,
        /// Why.
        reason: String,
    },
    /// It has sealed again so many records; `None`: it could not.
    Rewrapped(Option<u64>),
    /// What became of the calls since the last word.
    Tallied(Tally),
}

/// What became of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Tokens, and verdicts that an account works.
    pub good: u64,
    /// The others by their kind.
    pub failures: BTreeMap<String, u64>,
    /// How much of its memory is in use, in KiB.
    pub rss_kib: u64,
}

impl Tally {
    /// Adds what another one counted.
    pub fn add(&mut self, other: &Self) {
        self.good += other.good;
        for (kind, count) in &other.failures {
            *self.failures.entry(kind.clone()).or_default() += count;
        }
        self.rss_kib = self.rss_kib.max(other.rss_kib);
    }

    /// A call that went well, or failed in this way.
    pub(crate) fn count(&mut self, failure: Option<String>) {
        match failure {
            None => self.good += 1,
            Some(kind) => *self.failures.entry(kind).or_default() += 1,
        }
    }
}

/// The only reason that a kill or a lost answer may leave behind.
pub(crate) fn in_the_window(reason: &str) -> bool {
    reason == StatusReason::OutcomeLost.as_str()
}
