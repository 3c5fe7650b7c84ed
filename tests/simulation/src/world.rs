//! The queue of events, and what each of them does.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use anyhow::{Context as _, ensure};

use crate::{
    Ms,
    check::Watch,
    counts::{Counts, Seen},
    database::Database,
    flight::Heard,
    provider::{Provider, Refused},
    random::Random,
    request::Request,
    scenario::Scenario,
    statement::{Op, Reaction},
    user::{Disconnect, Reconnect},
    worker::Worker,
};

/// The store's clock at the beginning.
const STORE_MS: i64 = 1_767_225_600_000;

/// More than any story needs: a story that is longer turns in circles.
const MOST_EVENTS: u64 = 60_000;

#[derive(Debug)]
pub(crate) enum Event {
    /// A worker needs a token.
    Start {
        worker: usize,
    },
    /// A statement of a worker reaches the store.
    Apply {
        worker: usize,
        flight: usize,
        op: Box<Op>,
        reaction: Reaction,
    },
    /// A worker hears something.
    Hear {
        worker: usize,
        flight: usize,
        heard: Heard,
    },
    /// A worker writes its request to the socket.
    Write {
        request: usize,
    },
    /// The request reaches the provider.
    Arrive {
        request: usize,
    },
    /// A grant without a row is given back.
    Abandon {
        worker: usize,
        flight: usize,
    },
    /// The user takes the grant away.
    Revocation,
    Reconnect(Reconnect),
    Disconnect(Disconnect),
    /// The store's clock steps.
    Step(i64),
}

#[derive(Debug)]
struct Entry {
    at: Ms,
    order: u64,
    event: Event,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Eq for Entry {}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Ms,
    /// The store's clock, ahead of the simulated time.
    pub(crate) store_ahead: i64,
    /// How often it stepped.
    pub(crate) steps: u64,
    pub(crate) scenario: Scenario,
    pub(crate) random: Random,
    pub(crate) database: Database,
    pub(crate) provider: Provider,
    pub(crate) workers: Vec<Worker>,
    pub(crate) requests: Vec<Request>,
    pub(crate) flights: usize,
    pub(crate) watch: Watch,
    pub(crate) counts: Counts,
    pub(crate) trace: Option<Vec<String>>,
    queue: BinaryHeap<Reverse<Entry>>,
    order: u64,
}

impl World {
    pub(crate) fn new(seed: u64, traced: bool) -> anyhow::Result<Self> {
        let mut random = Random::new(seed);
        let scenario = Scenario::draw(&mut random);
        let mut provider = Provider::new(scenario.kind);
        let first = provider.consent(0, Some(scenario.first_lifetime), scenario.refreshable);
        let database = Database::new(STORE_MS, &first)?;
        let mut world = Self {
            now: 0,
            store_ahead: STORE_MS,
            steps: 0,
            scenario,
            random,
            database,
            provider,
            workers: Vec::new(),
            requests: Vec::new(),
            flights: 0,
            watch: Watch::default(),
            counts: Counts::default(),
            trace: traced.then(Vec::new),
            queue: BinaryHeap::new(),
            order: 0,
        };
        world.set_out();
        Ok(world)
    }

    fn set_out(&mut self) {
        let scenario = self.scenario.clone();
        self.say(|| format!("{scenario:?}"));
        for worker in 0..scenario.workers {
            let monotonic_ahead = self.random.below(1_000_000_000);
            self.workers.push(Worker::new(monotonic_ahead, scenario.attempts));
            let start = self.random.below(scenario.first_lifetime + 500);
            self.push(start, Event::Start { worker: usize::try_from(worker).unwrap_or_default() });
        }
        if let Some(at) = scenario.revocation {
            self.push(at, Event::Revocation);
        }
        let mut reconnects = scenario.reconnects;
        reconnects.sort_unstable();
        for at in reconnects {
            self.push(at, Event::Reconnect(Reconnect::Consent));
        }
        if let Some(at) = scenario.disconnect {
            self.push(at, Event::Disconnect(Disconnect::Begin));
        }
        for (at, step) in scenario.steps {
            self.push(at, Event::Step(step));
        }
    }

    /// To the end of the story, and through a quiet time after it.
    pub(crate) fn play(&mut self) -> anyhow::Result<()> {
        self.run()?;
        self.check_left_grants()?;
        self.quiet()
    }

    fn run(&mut self) -> anyhow::Result<()> {
        let mut events = 0;
        while let Some(Reverse(entry)) = self.queue.pop() {
            events += 1;
            ensure!(events < MOST_EVENTS, "the story does not end");
            self.now = entry.at;
            self.database.set(self.store_now());
            self.happen(entry.event).with_context(|| format!("at {} ms", self.now))?;
        }
        for worker in &self.workers {
            ensure!(worker.flight.is_none(), "a worker that did not crash never finished");
        }
        Ok(())
    }

    fn happen(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Start { worker } => {
                self.start(worker);
                Ok(())
            }
            Event::Apply { worker, flight, op, reaction } => self.apply(worker, flight, &op, reaction),
            Event::Hear { worker, flight, heard } => self.hear(worker, flight, heard),
            Event::Write { request } => self.write(request),
            Event::Arrive { request } => {
                self.arrive(request);
                Ok(())
            }
            Event::Abandon { worker, flight } => {
                self.abandon(worker, flight);
                Ok(())
            }
            Event::Revocation => self.user_revokes(),
            Event::Reconnect(step) => self.reconnect(step),
            Event::Disconnect(step) => self.disconnect(step),
            Event::Step(step) => {
                self.step_clock(step);
                Ok(())
            }
        }
    }

    fn step_clock(&mut self, step: i64) {
        let most = i64::try_from(self.scenario.times.persist / 3).unwrap_or(i64::MAX);
        let least = -i64::try_from(self.scenario.times.lease * 2).unwrap_or(i64::MAX);
        if step > most || step < least {
            self.violate("a step of the store's clock");
        }
        self.counts.add(Seen::ClockSteps);
        self.steps += 1;
        self.store_ahead += step;
        self.database.set(self.store_now());
        self.say(|| format!("the store's clock steps by {step} ms"));
    }

    /// Faults are over, every lease has lapsed, every gate is open and every token has expired: one more try tells.
    fn quiet(&mut self) -> anyhow::Result<()> {
        self.scenario.calm();
        if let Some(row) = self.database.row()? {
            let store_now = self.store_now();
            let latest = [Some(row.lease_until_ms), Some(row.next_refresh_ms), row.access_expires_ms]
                .into_iter()
                .flatten()
                .map(|ms| ms - store_now)
                .max();
            let wait = latest.map_or(0, |ms| Ms::try_from(ms.max(0)).unwrap_or_default()) + 1_000;
            self.say(|| "the quiet time begins".to_owned());
            let mut worker = Worker::new(0, 1);
            worker.forces = row.access_expires_ms.is_none();
            self.workers = vec![worker];
            self.push(wait, Event::Start { worker: 0 });
            self.run()?;
        }
        self.check_quiet()
    }

    pub(crate) fn push(&mut self, after: Ms, event: Event) {
        self.order += 1;
        self.queue.push(Reverse(Entry { at: self.now + after, order: self.order, event }));
    }

    pub(crate) fn store_now(&self) -> i64 {
        self.store_ahead.saturating_add_unsigned(self.now)
    }

    /// Between a worker and the store, one way.
    pub(crate) fn store_latency(&mut self) -> Ms {
        let slow = self.scenario.rates.slow;
        if self.random.chance(slow) { self.random.between(100, 40_000) } else { self.random.between(1, 15) }
    }

    /// From here on the timing assumption does not hold.
    pub(crate) fn violate(&mut self, how: &str) {
        if !self.watch.violated {
            self.counts.add(Seen::Violated);
        }
        self.watch.violated = true;
        self.say(|| format!("the timing assumption is violated: {how}"));
    }

    /// A refresh token that nobody will ever write into the row.
    pub(crate) fn orphan(&mut self, grant: usize) {
        self.watch.orphaned.insert(grant);
        self.say(|| format!("what was issued for grant {grant} is lost"));
    }

    fn user_revokes(&mut self) -> anyhow::Result<()> {
        if let Some(row) = self.database.row()? {
            let grant = crate::database::Secret::open(&row)?.grant;
            self.provider.end(grant, Refused::Ended);
            self.counts.add(Seen::UserRevoked);
            self.say(|| format!("the user takes grant {grant} away"));
        }
        Ok(())
    }

    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>9} {}", self.now, line()));
        }
    }
}
