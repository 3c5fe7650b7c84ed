//! What the parent and its host processes tell each other, one JSON value on each line.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use url::Url;

/// What a host process is to be: the first line of its input. It has secrets, which are no arguments for that reason.
#[derive(Serialize, Deserialize)]
pub(crate) struct Orders {
    /// Its database, migrated.
    pub(crate) database: String,
    /// How many connections to it.
    pub(crate) connections: u32,
    /// The key ring.
    pub(crate) keys: String,
    /// The mock that it talks to.
    pub(crate) provider: Url,
    /// It runs the background worker, which refreshes so many a second ahead of expiry. `None`: it does not.
    pub(crate) ahead_per_second: Option<u32>,
}

/// What a host process is told after that.
#[derive(Serialize, Deserialize)]
pub(crate) enum Command {
    /// So many callers ask for the token of this user at once.
    Ask { user: u32, callers: u32 },
    /// So many callers ask on and on for tokens of the first so many users.
    Call { users: u32, callers: u32 },
    /// The callers and the worker end, and then the process.
    Stop,
}

/// What a host process says.
#[derive(Serialize, Deserialize)]
pub(crate) enum Event {
    /// Its callers were answered.
    Answered(Answers),
    /// It has ended.
    Ended(Tally),
    /// It is at work.
    Ready,
}

/// What callers who asked at once were answered.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Answers {
    /// How many got a token.
    pub(crate) served: u32,
    /// The tokens, which are those of a mock.
    pub(crate) tokens: BTreeSet<String>,
    /// The others by what they were told.
    pub(crate) failures: BTreeMap<String, u32>,
}

/// What became of callers who asked on and on.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// How long each of those who got a token waited, in microseconds.
    pub(crate) micros: Vec<u32>,
    /// The others by what they were told.
    pub(crate) failures: BTreeMap<String, u32>,
}

impl Answers {
    pub(crate) fn add(&mut self, other: Self) {
        self.served += other.served;
        self.tokens.extend(other.tokens);
        add(&mut self.failures, other.failures);
    }
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.micros.extend(other.micros);
        add(&mut self.failures, other.failures);
    }
}

fn add(sum: &mut BTreeMap<String, u32>, more: BTreeMap<String, u32>) {
    for (word, count) in more {
        *sum.entry(word).or_default() += count;
    }
}
