use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Endpoint, RecordedRequest};

/// How many requests are kept; the oldest go first. Enough for every storm of the tests.
const KEPT: usize = 100_000;

/// What arrived at a mock.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    requests: std::collections::VecDeque<RecordedRequest>,
    flights: HashMap<Endpoint, Flights>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flights {
    now: usize,
    most: usize,
}

impl RequestLog {
    /// Notes a request; it is in flight until the guard is dropped.
    pub(crate) fn note(self: &Arc<Self>, request: RecordedRequest) -> Flight {
        let mut state = self.state();
        let endpoint = request.endpoint;
        if let Some(endpoint) = endpoint {
            let flights = state.flights.entry(endpoint).or_default();
            flights.now += 1;
            flights.most = flights.most.max(flights.now);
        }
        if state.requests.len() == KEPT {
            state.requests.pop_front();
        }
        state.requests.push_back(request);
        drop(state);
        Flight { log: Arc::clone(self), endpoint }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.state().requests.iter().cloned().collect()
    }

    pub(crate) fn count(&self, matches: impl Fn(&RecordedRequest) -> bool) -> usize {
        self.state().requests.iter().filter(|request| matches(request)).count()
    }

    pub(crate) fn most_in_flight(&self, endpoint: Endpoint) -> usize {
        self.state().flights.get(&endpoint).map_or(0, |flights| flights.most)
    }

    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.requests.clear();
        for flights in state.flights.values_mut() {
            flights.most = flights.now;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being served.
pub(crate) struct Flight {
    log: Arc<RequestLog>,
    endpoint: Option<Endpoint>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        if let Some(endpoint) = self.endpoint
            && let Some(flights) = self.log.state().flights.get_mut(&endpoint)
        {
            flights.now -= 1;
        }
    }
}
