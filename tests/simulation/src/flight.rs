//! Workers, and the refresh that each of them is at: what the driver of the engine does, in simulated time.

use std::time::Duration;

use anyhow::Context as _;
use bailee_core::{
    Lifecycle, StoreError,
    store::{CredentialRow, LeaseRequest, Renewed},
};
use bailee_engine::refresh::{Action, Answer, Event as Told, Outcome, Plan, Refresh};

use crate::{
    Ms,
    counts::Seen,
    database::Secret,
    provider::Issued,
    statement::Op,
    world::{Event, World},
};

/// One refresh by one process.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) number: usize,
    machine: Option<Refresh>,
    /// As it was read last.
    pub(crate) row: Option<CredentialRow>,
    pub(crate) name: [u8; 16],
    pub(crate) forced: bool,
    pub(crate) begun: Ms,
    /// Time that the machine cannot be blamed for.
    pub(crate) excused: Ms,
    pub(crate) doing: Seen,
    /// The request that is under way.
    pub(crate) request: Option<usize>,
    pub(crate) cargo: Option<Issued>,
    pub(crate) saved: bool,
    /// What was injected into it.
    pub(crate) injected: Injected,
    /// How often an answer was lost under this lease.
    pub(crate) lost: u32,
    pub(crate) dead: bool,
    pub(crate) retry_after: Option<Duration>,
    /// How often the store's clock had stepped.
    pub(crate) steps: u64,
    /// The holder of the lease before, if it was not released, and until when it held it.
    pub(crate) previous: Option<(usize, i64)>,
}

/// What was done to a flight.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Injected {
    /// A statement failed.
    pub(crate) store: bool,
    /// A write of what it obtained failed.
    pub(crate) save: bool,
    /// The record does not open, or the registration is not there or was refused.
    pub(crate) unready: bool,
}

/// What a worker hears.
#[derive(Clone, Debug)]
pub(crate) enum Heard {
    Row(Option<Box<CredentialRow>>),
    RowFailed,
    Acquired(Option<bool>),
    Saved(Option<bool>),
    Released,
    Marked(Option<bool>),
    Waited,
    Answered {
        request: usize,
        answer: Answer,
        issued: Option<Issued>,
    },
    /// The deadline of the request is over.
    Deadline {
        request: usize,
    },
    /// Nothing was sent.
    Unsent(Answer),
    Abandoned,
}

impl World {
    /// A worker needs a token: it looks at the row first.
    pub(crate) fn start(&mut self, worker: usize) {
        let forced = self.random.chance(60);
        let steps = self.steps;
        let (number, begun) = (self.flights, self.now);
        self.watch.ended = self.now;
        let Some(process) = self.workers.get_mut(worker).filter(|process| process.flight.is_none()) else {
            return;
        };
        self.flights += 1;
        let flight = Flight {
            number,
            machine: None,
            row: None,
            name: [0; 16],
            forced: forced || process.forces,
            begun,
            excused: 0,
            doing: Seen::CrashWaiting,
            request: None,
            cargo: None,
            saved: false,
            injected: Injected::default(),
            lost: 0,
            dead: false,
            retry_after: None,
            steps,
            previous: None,
        };
        self.ask(worker, Box::new(flight), Op::Read);
    }

    pub(crate) fn hear(&mut self, worker: usize, number: usize, heard: Heard) -> anyhow::Result<()> {
        let Some(mut flight) = self.take(worker, number) else {
            self.dead_letter(&heard);
            return Ok(());
        };
        self.off_the_wire(&heard);
        if let Some(until) = self.asleep(worker, &mut flight) {
            self.push(until - self.now, Event::Hear { worker, flight: number, heard });
            self.put(worker, flight);
            return Ok(());
        }
        if self.random.chance(self.scenario.rates.crash) {
            self.dead_letter(&heard);
            self.crash(worker, &flight);
            return Ok(());
        }
        if flight.machine.is_none() {
            return self.looked(worker, flight, heard);
        }
        if !self.awaited(&mut flight, &heard) {
            self.put(worker, flight);
            return Ok(());
        }
        let action = self.tell(worker, &mut flight, heard)?;
        self.carry_out(worker, flight, action)
    }

    /// S0: is a refresh needed at all?
    fn looked(&mut self, worker: usize, mut flight: Box<Flight>, heard: Heard) -> anyhow::Result<()> {
        let Heard::Row(Some(row)) = heard else {
            self.again(worker, matches!(heard, Heard::RowFailed), 2_000);
            return Ok(());
        };
        if row.lifecycle != Lifecycle::Connected {
            self.again(worker, row.lifecycle == Lifecycle::NeedsReconnect, 20_000);
            return Ok(());
        }
        let left = row.access_expires_ms.map(|expires| Ms::try_from(expires - row.now_ms).unwrap_or(0));
        let ahead = self.random.chance(100);
        match left {
            Some(left) if left > 0 && !flight.forced && !ahead => {
                let after = left + self.random.below(1_500);
                self.push(after, Event::Start { worker });
                return Ok(());
            }
            None if !flight.forced => {
                self.again(worker, true, 10_000);
                return Ok(());
            }
            _ => {}
        }
        let Some(process) = self.workers.get_mut(worker) else { return Ok(()) };
        process.left = process.left.saturating_sub(1);
        let plan = Plan {
            timings: self.scenario.times.timings(),
            rotation: self.scenario.kind.rotation(),
            forced: flight.forced,
            jitter: self.random.next(),
        };
        self.counts.add(Seen::Attempts);
        if flight.forced {
            self.counts.add(Seen::Forced);
        }
        flight.begun = self.now;
        let at = self.monotonic(worker);
        let (machine, action) = Refresh::begin(plan, &row, at);
        flight.machine = Some(machine);
        flight.row = Some(*row);
        let number = flight.number;
        self.say(|| format!("worker {worker} begins flight {number}"));
        self.carry_out(worker, flight, action)
    }

    /// What the machine says to what was heard.
    fn tell(&mut self, worker: usize, flight: &mut Flight, heard: Heard) -> anyhow::Result<Action> {
        let at = self.monotonic(worker);
        let number = flight.number;
        self.say(|| format!("flight {number} hears {}", brief(&heard)));
        let unavailable = StoreError::Unavailable;
        let row;
        let told = match heard {
            Heard::Row(read) => {
                if let Some(read) = read {
                    flight.row = Some(*read);
                    row = flight.row.as_ref();
                } else {
                    flight.row = None;
                    row = None;
                }
                Told::Row(row)
            }
            Heard::RowFailed => Told::RowFailed(&unavailable),
            Heard::Acquired(won) => Told::Acquired(flight.name, won),
            Heard::Saved(saved) => {
                flight.injected.save |= saved.is_none();
                Told::Saved(saved)
            }
            Heard::Released => Told::Released,
            Heard::Marked(marked) => Told::Marked(marked.ok_or(&unavailable)),
            Heard::Waited => Told::Waited,
            Heard::Abandoned => Told::Abandoned,
            Heard::Unsent(answer) => Told::Answered(answer),
            Heard::Answered { answer, issued, .. } => {
                flight.cargo = issued.or(flight.cargo);
                flight.saved &= issued.is_none();
                flight.dead |= answer == Answer::Dead;
                flight.injected.unready |= matches!(answer, Answer::ClientRefused { .. });
                flight.retry_after = if let Answer::Later(after) = answer { after } else { None };
                flight.lost += u32::from(answer == Answer::Lost);
                Told::Answered(answer)
            }
            Heard::Deadline { .. } => {
                flight.lost += 1;
                Told::Answered(Answer::Lost)
            }
        };
        Ok(flight.machine.as_mut().context("the flight has begun")?.step(told, at))
    }

    fn carry_out(&mut self, worker: usize, mut flight: Box<Flight>, action: Action) -> anyhow::Result<()> {
        let number = flight.number;
        self.say(|| format!("flight {number}: {action:?}"));
        match action {
            Action::Finish(outcome) => self.finish(worker, &flight, &outcome),
            Action::Wait(duration) => {
                flight.doing = Seen::CrashWaiting;
                let after = Ms::try_from(duration.as_micros().div_ceil(1_000)).unwrap_or(Ms::MAX);
                self.push(after, Event::Hear { worker, flight: number, heard: Heard::Waited });
                self.put(worker, flight);
                Ok(())
            }
            Action::Abandon => {
                flight.doing = Seen::CrashSaving;
                let after = self.random.between(10, 500);
                self.push(after, Event::Abandon { worker, flight: number });
                self.put(worker, flight);
                Ok(())
            }
            Action::Send { secret } => self.send(worker, flight, secret),
            ref statement => self.state(worker, flight, statement),
        }
    }

    fn state(&mut self, worker: usize, mut flight: Box<Flight>, action: &Action) -> anyhow::Result<()> {
        let times = self.scenario.times;
        let op = match *action {
            Action::Acquire { secret_epoch } => {
                flight.name = self.name(flight.number);
                flight.lost = 0;
                flight.doing = Seen::CrashAcquiring;
                Op::Acquire(LeaseRequest {
                    secret_epoch,
                    lease_owner: flight.name,
                    duration: Duration::from_millis(times.lease),
                    longest: Duration::from_millis(times.lease * 4),
                    lifecycle: Lifecycle::Connected,
                    ignore_gate: false,
                })
            }
            Action::Release { lease_epoch, release } => {
                self.check_release(&flight, release)?;
                flight.doing = Seen::CrashReleasing;
                Op::Release { name: flight.name, lease_epoch, release }
            }
            Action::MarkDead { lease_epoch, secret_epoch, reason } => {
                flight.doing = Seen::CrashMarking;
                Op::MarkDead { name: flight.name, lease_epoch, secret_epoch, reason }
            }
            Action::MarkExpired { secret_epoch } => Op::MarkExpired { secret_epoch },
            Action::Save { lease_epoch, access_expires_ms } => {
                flight.doing = Seen::CrashSaving;
                let Some(issued) = flight.cargo else { anyhow::bail!("there is nothing to save") };
                Op::Save(Box::new(Renewed {
                    lease_epoch,
                    lease_owner: flight.name,
                    sealed: Secret::of(&issued, lease_epoch).seal(),
                    access_expires_ms,
                    access_lifetime_ms: issued.lifetime.and_then(|lifetime| i64::try_from(lifetime).ok()),
                    granted: None,
                    refreshable: issued.refresh.is_some(),
                    refreshed: None,
                    recovered: None,
                }))
            }
            _ => {
                let confirming = flight.doing == Seen::CrashAcquiring;
                flight.doing = if confirming { Seen::CrashConfirming } else { Seen::CrashWaiting };
                Op::Read
            }
        };
        self.ask(worker, flight, op);
        Ok(())
    }

    fn finish(&mut self, worker: usize, flight: &Flight, outcome: &Outcome) -> anyhow::Result<()> {
        self.check_finish(flight, outcome)?;
        let after = self.random.between(1, 3_000);
        self.again(worker, *outcome != Outcome::Gone, after);
        Ok(())
    }
}

fn brief(heard: &Heard) -> String {
    match heard {
        Heard::Row(Some(row)) => format!(
            "Row(epochs {}/{}, lease {:+} ms, expires {:?} ms, gate {:+} ms, {:?}, unknown {})",
            row.secret_epoch,
            row.lease_epoch,
            if row.lease_until_ms == 0 { 0 } else { row.lease_until_ms - row.now_ms },
            row.access_expires_ms.map(|expires| expires - row.now_ms),
            if row.next_refresh_ms == 0 { 0 } else { row.next_refresh_ms - row.now_ms },
            row.lifecycle,
            row.unknown_epoch,
        ),
        other => format!("{other:?}"),
    }
}
