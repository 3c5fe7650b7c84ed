use std::{
    collections::{HashMap, hash_map::Entry},
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
    /// Requests under way by the refresh token that they bring.
    refreshing: HashMap<String, usize>,
    most_of_one_token: usize,
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
        let refresh_token = request.form("refresh_token").map(str::to_owned);
        if let Some(token) = &refresh_token {
            let now = state.refreshing.entry(token.clone()).or_default();
            *now += 1;
            let now = *now;
            state.most_of_one_token = state.most_of_one_token.max(now);
        }
        if state.requests.len() == KEPT {
            state.requests.pop_front();
        }
        state.requests.push_back(request);
        drop(state);
        Flight { log: Arc::clone(self), endpoint, refresh_token }
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

    pub(crate) fn most_of_one_token(&self) -> usize {
        self.state().most_of_one_token
    }

    pub(crate) fn clear(&self) {
        let mut state = self.state();
        state.requests.clear();
        state.most_of_one_token = state.refreshing.values().copied().max().unwrap_or_default();
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
    refresh_token: Option<String>,
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut state = self.log.state();
        if let Some(flights) = self.endpoint.and_then(|endpoint| state.flights.get_mut(&endpoint)) {
            flights.now -= 1;
        }
        if let Some(token) = self.refresh_token.take()
            && let Entry::Occupied(mut refreshing) = state.refreshing.entry(token)
        {
            *refreshing.get_mut() -= 1;
            if *refreshing.get() == 0 {
                refreshing.remove();
            }
        }
    }
}
