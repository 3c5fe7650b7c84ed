use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::Method;

use super::{
    AUTHORIZE_PATH, REVOKE_PATH, TOKEN_PATH, Time, USERINFO_PATH, api, authorize, identity, state::State,
    token,
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, Site};

/// The state behind the server.
pub(super) struct GoogleSite {
    state: Mutex<State>,
    pub(super) time: Time,
}

impl GoogleSite {
    pub(super) const fn new(state: State, time: Time) -> Self {
        Self { state: Mutex::new(state), time }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state is made of secrets.
impl fmt::Debug for GoogleSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoogleSite").finish_non_exhaustive()
    }
}

impl Site for GoogleSite {
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        match (&request.method, request.path.as_str()) {
            (&Method::GET | &Method::POST, AUTHORIZE_PATH) => Some(Endpoint::Authorize),
            (&Method::POST, TOKEN_PATH) => Some(Endpoint::Token),
            (&Method::POST, REVOKE_PATH) => Some(Endpoint::Revoke),
            (&Method::GET, USERINFO_PATH) => Some(Endpoint::UserInfo),
            _ => api::route(request),
        }
    }

    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
        let mut state = self.state();
        match endpoint {
            Endpoint::Authorize => authorize::consent(&mut state, &self.time, request),
            Endpoint::Token => token::token_endpoint(&mut state, &self.time, request),
            Endpoint::Revoke => identity::revoke(&mut state, &self.time, request),
            Endpoint::UserInfo => identity::userinfo(&state, &self.time, request),
            Endpoint::Api(_) => api::call(&mut state, &self.time, endpoint, request),
        }
    }
}
