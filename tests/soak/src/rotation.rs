use std::{collections::BTreeSet, sync::Arc, time::Duration};

use bailee_core::{ExposeSecret as _, SecretString, Vault as _, store::KeyCount};
use bailee_engine::Bailee;
use bailee_vault::{KeyRing, RingEntropy};

use crate::{Command, Ring, workers::Workers};

/// Where the replacement of a key stands.
enum Step {
    /// One key, since then.
    Rest,
    /// The new one opens; nobody seals with it.
    Opens,
    /// The new one seals; what the old one sealed is sealed again.
    Seals,
}

/// Keys that are replaced again and again.
pub(crate) struct Rotation {
    ring: Ring,
    old: SecretString,
    new: SecretString,
    pause: Duration,
    step: Step,
    since: Duration,
    /// Who has the ring of this step.
    ready: BTreeSet<usize>,
    rewrapped: bool,
    pub(crate) done: u64,
}

impl Rotation {
    pub(crate) fn new(ring: Ring, old: SecretString, pause: Duration) -> Self {
        let new = old.clone();
        let (step, since) = (Step::Rest, Duration::ZERO);
        Self { ring, old, new, pause, step, since, ready: BTreeSet::new(), rewrapped: false, done: 0 }
    }

    /// The worker of this number has the ring of this step: it said so, or was started with it.
    pub(crate) fn acknowledge(&mut self, number: usize) {
        self.ready.insert(number);
    }

    /// A worker has sealed everything again, or could not.
    pub(crate) const fn rewrapped(&mut self, done: bool) {
        self.rewrapped |= done;
    }

    /// Goes on to the next step when it is time.
    pub(crate) async fn turn(
        &mut self,
        now: Duration,
        bailee: &Bailee,
        workers: &mut Workers,
    ) -> anyhow::Result<()> {
        // A step is taken when all have taken the one before it.
        let first = self.done == 0 && matches!(self.step, Step::Rest);
        if now < self.since + self.pause || (!first && self.ready.len() < workers.len()) {
            return Ok(());
        }
        match self.step {
            Step::Rest => {
                let (_, new) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
                self.new = new;
                self.give(now, Step::Opens, [&self.old, &self.new].map(SecretString::clone), workers).await
            }
            Step::Opens => {
                self.give(now, Step::Seals, [&self.new, &self.old].map(SecretString::clone), workers).await
            }
            Step::Seals if !self.rewrapped => {
                // The first one is never killed.
                self.since = now;
                workers.tell(0, &Command::Rewrap).await
            }
            Step::Seals => {
                let primary = self.ring.primary();
                // The rest lives for a day at most, and ages out.
                let left = |count: &KeyCount| count.table.is_rewrapped() && count.key != Some(primary);
                if bailee.records_by_key().await?.iter().any(left) {
                    // What was under way when the new key came first was sealed with the old one.
                    self.rewrapped = false;
                    return Ok(());
                }
                self.old = self.new.clone();
                self.done += 1;
                self.give(now, Step::Rest, [self.new.clone()], workers).await
            }
        }
    }

    async fn give<const N: usize>(
        &mut self,
        now: Duration,
        step: Step,
        keys: [SecretString; N],
        workers: &mut Workers,
    ) -> anyhow::Result<()> {
        let text = keys.each_ref().map(SecretString::expose_secret).join(",");
        self.ready.clear();
        self.ring.replace(KeyRing::parse(&text)?);
        workers.give_keys(&text).await?;
        (self.step, self.since, self.rewrapped) = (step, now, false);
        Ok(())
    }
}
