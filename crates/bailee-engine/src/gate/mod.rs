//! Between this process and its providers: a bulkhead and a circuit breaker for each provider, client and kind of request.
//!
//! A provider that hangs gets as many requests as there are places and no more; one that is down is asked by one request
//! at a time until it answers. Nothing of it is stored: each process sees for itself.

mod ahead;
mod breaker;
mod calls;
mod holds;
mod pass;
mod refused;
mod way;
mod window;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bailee_core::{ClientId, Clock, Entropy, IntegrationId, ProviderKey};
use tokio::sync::Semaphore;

use self::{ahead::Ahead, breaker::Breaker, holds::Holds, refused::Cause, way::Line};
use crate::{Bailee, Limits, flights::Flights, telemetry};

pub(crate) use pass::Pass;
pub(crate) use refused::Refused;
pub use way::GateKind;
pub(crate) use way::Way;

/// So many gates are kept; then those at which nothing happens are forgotten.
const MOST: usize = 4_096;

/// When somebody who found no place may ask again.
const FULL: Duration = Duration::from_secs(1);

/// How one gate stands, for those who watch over a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateState {
    /// The provider.
    pub provider: ProviderKey,
    /// The client registration; `None` where the provider needs none.
    pub client: Option<ClientId>,
    /// The account, where the provider needs no client: each is by itself then.
    pub account: Option<IntegrationId>,
    /// What is asked for.
    pub kind: GateKind,
    /// Whether requests are let through.
    pub standing: GateStanding,
    /// How many requests are under way.
    pub in_flight: usize,
}

/// Whether requests are let through, in the words of circuit breakers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GateStanding {
    /// They are.
    Closed,
    /// One is, to see whether the provider is up again.
    HalfOpen,
    /// None is.
    Open {
        /// For so long.
        retry_after: Duration,
    },
}

impl Bailee {
    /// How the gates of this process stand: one for each provider, client registration and kind of request that was
    /// used lately. In no order.
    #[must_use]
    pub fn gates(&self) -> Vec<GateState> {
        self.inner().gates.states()
    }
}

/// The gates of this process.
pub(crate) struct Gates {
    by_line: Mutex<HashMap<Line, Arc<Gate>>>,
    holds: Holds,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    places: usize,
    ahead_per_second: u32,
    flights: Flights,
}

impl fmt::Debug for Gates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gates").field("places", &self.places).finish_non_exhaustive()
    }
}

/// One of them. The lock is held to look and never across an await.
#[derive(Debug)]
struct Gate {
    breaker: Mutex<Breaker>,
    ahead: Mutex<Ahead>,
    places: Arc<Semaphore>,
}

impl Gate {
    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        // Nothing panics while it is held.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ahead(&self) -> MutexGuard<'_, Ahead> {
        // Nothing panics while it is held.
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gates {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        limits: &Limits,
        flights: Flights,
    ) -> Self {
        let (places, ahead_per_second) = (limits.requests.max(1) as usize, limits.refreshes_ahead_per_second);
        let (by_line, holds) = (Mutex::default(), Holds::default());
        Self { by_line, holds, clock, entropy, places, ahead_per_second, flights }
    }

    /// Why a request would be refused now. Takes nothing and lets nothing through.
    pub(crate) fn refuses(&self, way: &Way) -> Option<Refused> {
        let at = self.clock.monotonic();
        let held = way.account.filter(|_| way.line.kind == GateKind::Api);
        if let Some(retry_after) = held.and_then(|account| self.holds.of(account, at)) {
            return Some(Refused { cause: Cause::Limited, retry_after });
        }
        let gate = self.all().get(&way.line).cloned()?;
        let breaker = gate.breaker();
        breaker.refuses(at)
    }

    /// Lets a request through as soon as there is a place, which it is waited for as long as `patience`.
    pub(crate) async fn enter(self: &Arc<Self>, way: &Way, patience: Duration) -> Result<Pass, Refused> {
        self.willing(way)?;
        let gate = self.gate(&way.line);
        if let Ok(place) = Arc::clone(&gate.places).try_acquire_owned() {
            return self.pass(way, gate, place);
        }
        let waiting = Arc::clone(&gate.places).acquire_owned();
        let place = tokio::select! {
            biased;
            place = self.flights.unless_closing(waiting) => place.and_then(Result::ok),
            () = self.clock.sleep(patience) => None,
        };
        let full = || counted(way, Refused { cause: Cause::Full, retry_after: FULL });
        let place = place.ok_or_else(full)?;
        self.pass(way, gate, place)
    }

    /// Lets a refresh through that nobody waits for, where that is possible at once: half of the places are left to those
    /// whom somebody waits for.
    pub(crate) fn enter_ahead(self: &Arc<Self>, way: &Way) -> Result<Pass, Refused> {
        self.willing(way)?;
        let gate = self.gate(&way.line);
        let full = Refused { cause: Cause::Full, retry_after: FULL };
        if gate.places.available_permits() <= self.places / 2 {
            return Err(full);
        }
        let place = Arc::clone(&gate.places).try_acquire_owned().map_err(|_| full)?;
        if !gate.ahead().begin(self.clock.monotonic()) {
            return Err(full);
        }
        self.pass(way, gate, place)
    }

    /// Whether a request may be repeated; it counts as repeated then. A storm of failures is not made three of it.
    pub(crate) fn may_retry(&self, way: &Way) -> bool {
        let may = self.gate(&way.line).breaker().may_retry(self.clock.monotonic());
        if may {
            telemetry::retried(&way.line.provider);
        }
        may
    }

    /// How all of them stand.
    pub(crate) fn states(&self) -> Vec<GateState> {
        let at = self.clock.monotonic();
        let state = |(line, gate): (&Line, &Arc<Gate>)| GateState {
            provider: line.provider.clone(),
            client: line.client.clone(),
            account: line.account,
            kind: line.kind,
            standing: gate.breaker().standing(at),
            in_flight: self.places.saturating_sub(gate.places.available_permits()),
        };
        self.all().iter().map(state).collect()
    }

    fn willing(&self, way: &Way) -> Result<(), Refused> {
        self.refuses(way).map_or(Ok(()), |refused| Err(counted(way, refused)))
    }

    fn gate(&self, line: &Line) -> Arc<Gate> {
        let at = self.clock.monotonic();
        let mut all = self.all();
        if let Some(gate) = all.get(line) {
            return Arc::clone(gate);
        }
        if all.len() >= MOST {
            // Whoever is at one holds it.
            all.retain(|_, gate| Arc::strong_count(gate) > 1 || !gate.breaker().is_idle(at));
        }
        if all.len() >= MOST {
            all.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let (breaker, ahead) = (Mutex::new(Breaker::new(at)), Mutex::new(Ahead::new(self.ahead_per_second)));
        let gate = Arc::new(Gate { breaker, ahead, places: Arc::new(Semaphore::new(self.places)) });
        all.insert(line.clone(), Arc::clone(&gate));
        gate
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Line, Arc<Gate>>> {
        // Nothing panics while it is held.
        self.by_line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a refusal.
fn counted(way: &Way, refused: Refused) -> Refused {
    telemetry::breaker_refused(&way.line.provider, refused.cause.as_str());
    refused
}
