//! Statements of a worker, on their way to the store and back.

use bailee_core::{
    StatusReason,
    store::{CredentialRow, Gate, LeaseRequest, Release, Renewed},
};

use crate::{
    counts::Seen,
    flight::{Flight, Heard},
    world::{Event, World},
};

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Acquire(LeaseRequest),
    MarkDead { name: [u8; 16], lease_epoch: i64, secret_epoch: i64, reason: StatusReason },
    MarkExpired { secret_epoch: i64 },
    Read,
    Release { name: [u8; 16], lease_epoch: i64, release: Release },
    Save(Box<Renewed>),
}

/// What becomes of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// It is carried out and answered.
    Answered,
    /// It is carried out, and the answer does not arrive.
    Unanswered,
    /// It is carried out after the worker has heard that it failed.
    Late,
    /// It is not carried out, and the worker hears that.
    Failed,
}

impl Op {
    const fn failure(&self) -> Heard {
        match self {
            Self::Acquire(_) => Heard::Acquired(None),
            Self::MarkDead { .. } | Self::MarkExpired { .. } => Heard::Marked(None),
            Self::Read => Heard::RowFailed,
            Self::Release { .. } => Heard::Released,
            Self::Save(_) => Heard::Saved(None),
        }
    }
}

impl World {
    /// Sends a statement off.
    pub(crate) fn ask(&mut self, worker: usize, mut flight: Box<Flight>, op: Op) {
        let there = self.store_latency();
        flight.excused += there.saturating_sub(50);
        let reaction = if self.random.chance(self.scenario.rates.store) {
            let bad = [Reaction::Unanswered, Reaction::Late, Reaction::Failed];
            self.random.pick(&bad, Reaction::Failed)
        } else {
            Reaction::Answered
        };
        let number = flight.number;
        if reaction == Reaction::Late {
            self.failed(worker, &mut flight, &op);
            let later = there + self.random.below(12_000);
            self.push(later, Event::Apply { worker, flight: number, op: Box::new(op), reaction });
        } else {
            self.push(there, Event::Apply { worker, flight: number, op: Box::new(op), reaction });
        }
        self.put(worker, flight);
    }

    /// A statement reaches the store.
    pub(crate) fn apply(
        &mut self,
        worker: usize,
        number: usize,
        op: &Op,
        reaction: Reaction,
    ) -> anyhow::Result<()> {
        if let Some(flight) = self.take(worker, number) {
            if self.random.chance(self.scenario.rates.crash / 2) {
                self.crash(worker, &flight);
                if self.random.chance(500) {
                    return Ok(());
                }
            } else {
                self.put(worker, flight);
            }
        }
        let down = self.scenario.outage.is_some_and(|(from, until)| (from..until).contains(&self.now));
        if down {
            self.counts.add(Seen::OutageHits);
        }
        let reaction = match reaction {
            Reaction::Late if down => return Ok(()),
            _ if down => Reaction::Failed,
            other => other,
        };
        let heard = if reaction == Reaction::Failed { op.failure() } else { self.perform(number, op)? };
        let Some(mut flight) = self.take(worker, number) else { return Ok(()) };
        match reaction {
            Reaction::Answered => {
                let back = self.store_latency();
                flight.excused += back.saturating_sub(50);
                self.push(back, Event::Hear { worker, flight: number, heard });
            }
            Reaction::Late => self.counts.add(Seen::LateEffects),
            Reaction::Unanswered | Reaction::Failed => {
                match (op, &heard) {
                    (Op::Acquire(_), Heard::Acquired(Some(true))) => {
                        self.counts.add(Seen::AcquireUnansweredButDone);
                    }
                    (Op::Acquire(_), _) => self.counts.add(Seen::AcquireUnanswered),
                    (Op::Save(_), Heard::Saved(Some(true))) => self.counts.add(Seen::SaveUnansweredButDone),
                    (Op::Save(_), _) => self.counts.add(Seen::SaveUnanswered),
                    _ => {}
                }
                self.failed(worker, &mut flight, op);
            }
        }
        self.put(worker, flight);
        Ok(())
    }

    fn failed(&mut self, worker: usize, flight: &mut Flight, op: &Op) {
        let back = self.store_latency();
        flight.excused += back.saturating_sub(50);
        flight.injected.store = true;
        self.push(back, Event::Hear { worker, flight: flight.number, heard: op.failure() });
    }

    fn perform(&mut self, number: usize, op: &Op) -> anyhow::Result<Heard> {
        let before = self.database.row()?;
        let heard = match op {
            Op::Read => return Ok(Heard::Row(before.map(Box::new))),
            Op::Acquire(request) => {
                let won = self.database.run(|store, id| store.acquire(id, *request))?;
                if let Some(row) = before.as_ref().filter(|_| won) {
                    self.acquired(number, row);
                }
                Heard::Acquired(Some(won))
            }
            Op::Save(renewed) => {
                let saved = self.database.run(|store, id| store.save(id, (**renewed).clone()))?;
                self.check_save(number, before.as_ref(), renewed, saved)?;
                Heard::Saved(Some(saved))
            }
            Op::Release { name, lease_epoch, release } => {
                let released =
                    self.database.run(|store, id| store.release(id, *name, *lease_epoch, *release))?;
                if released && release.gate == Gate::AfterExpiry {
                    self.counts.add(Seen::AfterExpiryGate);
                }
                Heard::Released
            }
            Op::MarkDead { name, lease_epoch, secret_epoch, reason } => {
                let marked = self.database.run(|store, id| {
                    store.mark_dead(id, *secret_epoch, *name, *lease_epoch, *reason, None)
                })?;
                if let Some(row) = before.as_ref().filter(|_| marked) {
                    self.check_dead(number, row, *reason)?;
                }
                Heard::Marked(Some(marked))
            }
            Op::MarkExpired { secret_epoch } => {
                let marked = self.database.run(|store, id| store.mark_expired(id, *secret_epoch, None))?;
                if let Some(row) = before.as_ref().filter(|_| marked) {
                    self.check_expired(row)?;
                }
                Heard::Marked(Some(marked))
            }
        };
        self.say(|| format!("flight {number} at the store: {heard:?}"));
        self.check_row()?;
        Ok(heard)
    }

    /// Who held the lease before, where it was not released.
    fn acquired(&mut self, number: usize, before: &CredentialRow) {
        let previous = before.lease_owner.filter(|_| before.lease_until_ms != 0).map(|name| {
            let low = u128::from_be_bytes(name) & u128::from(u64::MAX);
            (usize::try_from(low).unwrap_or(usize::MAX), before.lease_until_ms)
        });
        if previous.is_some() {
            self.counts.add(Seen::LeaseLapsed);
        }
        if let Some(flight) = self.flight_mut(number) {
            flight.previous = previous;
        }
    }
}
