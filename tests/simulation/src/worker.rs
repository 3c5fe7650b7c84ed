//! Workers: processes that sleep, crash and come back.

use std::time::Duration;

use crate::{
    Ms,
    counts::Seen,
    flight::Flight,
    world::{Event, World},
};

/// A process.
#[derive(Debug)]
pub(crate) struct Worker {
    /// Its monotonic clock, ahead of the simulated time.
    pub(crate) ahead: Ms,
    pub(crate) paused_until: Ms,
    /// How many refreshes it will still try.
    pub(crate) left: u64,
    /// Whether the provider refuses its access tokens.
    pub(crate) forces: bool,
    pub(crate) flight: Option<Box<Flight>>,
}

impl Worker {
    pub(crate) const fn new(ahead: Ms, left: u64) -> Self {
        Self { ahead, paused_until: 0, left, forces: false, flight: None }
    }
}

impl World {
    /// Until when the process sleeps, if it does or falls asleep now.
    pub(crate) fn asleep(&mut self, worker: usize, flight: &mut Flight) -> Option<Ms> {
        let lease = self.scenario.times.lease;
        let falls = self.random.chance(self.scenario.rates.pause);
        let nap = if falls { self.random.between(lease / 2, lease * 3) } else { 0 };
        let process = self.workers.get_mut(worker)?;
        if process.paused_until > self.now {
            return Some(process.paused_until);
        }
        if nap == 0 {
            return None;
        }
        process.paused_until = self.now + nap;
        flight.excused += nap;
        self.counts.add(Seen::Pauses);
        self.say(|| format!("worker {worker} sleeps for {nap} ms"));
        Some(self.now + nap)
    }

    /// The worker will need a token again.
    pub(crate) fn again(&mut self, worker: usize, on: bool, after: Ms) {
        if let Some(process) = self.workers.get_mut(worker) {
            process.left = if on { process.left } else { 0 };
            // A row that stays as it is would be looked at for ever.
            if after >= 10_000 {
                process.left = process.left.saturating_sub(1);
            }
            if process.left > 0 {
                self.push(after, Event::Start { worker });
            }
        }
    }

    pub(crate) fn crash(&mut self, worker: usize, flight: &Flight) {
        self.counts.add(flight.doing);
        let number = flight.number;
        self.say(|| format!("worker {worker} crashes in flight {number} ({:?})", flight.doing));
        if let Some(cargo) = flight.cargo.filter(|_| !flight.saved) {
            self.orphan(cargo.grant);
        }
        if let Some(request) = flight.request {
            self.forget(request);
        }
        let ahead = self.random.below(1_000_000_000);
        if let Some(process) = self.workers.get_mut(worker) {
            process.ahead = ahead;
            process.left = process.left.saturating_sub(1);
        }
        let after = self.random.between(50, 30_000);
        self.again(worker, true, after.min(9_999));
    }

    /// The flight of this number, if it is still that worker's.
    pub(crate) fn take(&mut self, worker: usize, number: usize) -> Option<Box<Flight>> {
        self.workers.get_mut(worker)?.flight.take_if(|flight| flight.number == number)
    }

    pub(crate) fn put(&mut self, worker: usize, flight: Box<Flight>) {
        if let Some(process) = self.workers.get_mut(worker) {
            process.flight = Some(flight);
        }
    }

    pub(crate) fn flight(&self, number: usize) -> Option<&Flight> {
        let mut flights = self.workers.iter().filter_map(|worker| worker.flight.as_deref());
        flights.find(|flight| flight.number == number)
    }

    pub(crate) fn flight_mut(&mut self, number: usize) -> Option<&mut Flight> {
        let mut flights = self.workers.iter_mut().filter_map(|worker| worker.flight.as_deref_mut());
        flights.find(|flight| flight.number == number)
    }

    /// A random name that tells the simulation whose it is.
    pub(crate) fn name(&mut self, number: usize) -> [u8; 16] {
        ((u128::from(self.random.next()) << 64) | number as u128).to_be_bytes()
    }

    pub(crate) fn monotonic(&self, worker: usize) -> Duration {
        let ahead = self.workers.get(worker).map_or(0, |process| process.ahead);
        Duration::from_millis(self.now + ahead)
    }
}
