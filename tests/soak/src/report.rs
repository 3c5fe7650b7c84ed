use std::{collections::BTreeMap, fmt};

use anyhow::ensure;

use crate::{Tally, words::in_the_window};

/// How many refreshes a process has under way when it is killed, on average of many: no more than these. That nothing
/// but kills and lost answers loses an account is what a calm soak shows: there it is none.
const UNDER_WAY: u64 = 3;

/// What the minutes were like.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Whether nobody was to be killed and no answer to be lost.
    pub calm: bool,
    /// Calls of all workers.
    pub tally: Tally,
    /// Processes that were killed.
    pub kills: u64,
    /// Faults that were planted at the provider.
    pub faults: u64,
    /// Of these, answers that were lost, or too late, after a refresh token had been replaced.
    pub lost_answers: u64,
    /// Refreshes that arrived at the provider.
    pub refreshes: u64,
    /// Requests with one and the same refresh token at once, at most.
    pub in_flight_of_one_token: usize,
    /// Accounts that had to be connected again, by the reason.
    pub lost: BTreeMap<String, u64>,
    /// Keys that were replaced, each with no record left on it.
    pub rotations: u64,
    /// Memory of the worker that was never killed, in KiB: after a warm-up, and the most after that.
    pub rss_kib: (u64, u64),
    /// Accounts without a live token in the end.
    pub dead: u64,
}

impl Report {
    /// What must be true of it.
    ///
    /// # Errors
    /// The first that is not.
    pub fn check(&self) -> anyhow::Result<()> {
        let happened = self.tally.good > 0 && self.refreshes > 0 && self.faults > 0;
        ensure!(happened && self.calm == (self.kills == 0), "nothing happened");
        ensure!(self.in_flight_of_one_token <= 1, "a second refresh was in flight");
        let sealed = self.tally.failures.get("token: sealed").copied().unwrap_or_default();
        ensure!(sealed == 0, "{sealed} reads failed while keys changed");
        let outside: u64 =
            self.lost.iter().filter(|(reason, _)| !in_the_window(reason)).map(|(_, count)| count).sum();
        ensure!(outside == 0, "accounts were lost outside of the window: {:?}", self.lost);
        let window: u64 = self.lost.values().sum();
        ensure!(
            window <= self.kills * UNDER_WAY + self.lost_answers,
            "more were lost than could be: {window}"
        );
        ensure!(self.dead == 0, "{} accounts have no live token", self.dead);
        let (before, after) = self.rss_kib;
        ensure!(after <= before + before / 2 + 8_192, "the memory grew from {before} to {after} KiB");
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "calls that went well          {}", self.tally.good)?;
        for (kind, count) in &self.tally.failures {
            writeln!(f, "  {kind:<27} {count}")?;
        }
        writeln!(f, "refreshes at the provider     {}", self.refreshes)?;
        writeln!(f, "at once with one token, most  {}", self.in_flight_of_one_token)?;
        writeln!(f, "processes killed              {}", self.kills)?;
        writeln!(f, "faults planted                {}", self.faults)?;
        writeln!(f, "  answers lost after a swap   {}", self.lost_answers)?;
        writeln!(f, "keys replaced, none left      {}", self.rotations)?;
        for (reason, count) in &self.lost {
            writeln!(f, "connected again: {reason:<12} {count}")?;
        }
        writeln!(f, "accounts dead in the end      {}", self.dead)?;
        let (before, after) = self.rss_kib;
        writeln!(f, "memory of one process, KiB    {before} after warm-up, {after} at most after it")
    }
}
