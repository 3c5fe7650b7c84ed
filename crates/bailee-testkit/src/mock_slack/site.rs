use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::{Method, StatusCode};

use super::{AUTHORIZE_PATH, POST_MESSAGE, api, consent, oauth, state::State};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, Site};

/// The state behind the server.
pub(super) struct SlackSite {
    state: Mutex<State>,
}

impl SlackSite {
    pub(super) fn new(rotation: bool) -> Self {
        Self { state: Mutex::new(State::new(rotation)) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state is made of secrets.
impl fmt::Debug for SlackSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackSite").finish_non_exhaustive()
    }
}

impl Site for SlackSite {
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        match request.path.as_str() {
            AUTHORIZE_PATH => Some(Endpoint::Authorize),
            "/api/oauth.v2.access" => Some(Endpoint::Token),
            "/api/auth.test" => Some(Endpoint::UserInfo),
            "/api/auth.revoke" | "/api/apps.uninstall" => Some(Endpoint::Revoke),
            "/api/chat.postMessage" => Some(POST_MESSAGE),
            _ => None,
        }
    }

    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
        if request.method != Method::POST && endpoint != Endpoint::Authorize {
            return Answer::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let mut state = self.state();
        match (endpoint, request.path.as_str()) {
            (Endpoint::Authorize, _) => consent::page(&mut state, request),
            (Endpoint::Token, _) => oauth::access(&mut state, request),
            (Endpoint::UserInfo, _) => api::test(&state, request),
            (Endpoint::Revoke, "/api/auth.revoke") => api::revoke(&mut state, request),
            (Endpoint::Revoke, _) => api::uninstall(&mut state, request),
            (POST_MESSAGE, _) => api::post_message(&mut state, request),
            _ => Answer::empty(StatusCode::NOT_FOUND),
        }
    }
}
