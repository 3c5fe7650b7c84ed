use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::{Method, StatusCode};

use super::{VERSION, answer, api, consent, state::State, token};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, Site};

/// The state behind the server.
#[derive(Default)]
pub(super) struct NotionSite {
    state: Mutex<State>,
}

impl NotionSite {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state is made of secrets.
impl fmt::Debug for NotionSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotionSite").finish_non_exhaustive()
    }
}

impl Site for NotionSite {
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        match (&request.method, request.path.as_str()) {
            (&Method::GET | &Method::POST, "/v1/oauth/authorize") => Some(Endpoint::Authorize),
            (&Method::POST, "/v1/oauth/token") => Some(Endpoint::Token),
            (&Method::POST, "/v1/oauth/revoke") => Some(Endpoint::Revoke),
            (&Method::GET, "/v1/users/me") => Some(Endpoint::UserInfo),
            (_, path) => path.strip_prefix("/v1/").map(|path| api::route(&request.method, path)),
        }
    }

    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
        let mut state = self.state();
        if endpoint == Endpoint::Authorize {
            return consent::page(&mut state, request);
        }
        match request.header("notion-version") {
            None => {
                let message = "Notion-Version header failed validation: it is not set.";
                return answer::error(StatusCode::BAD_REQUEST, "missing_version", message);
            }
            Some(VERSION) => {}
            Some(_) => return answer::validation("The mock knows one version only."),
        }
        match endpoint {
            Endpoint::Token => token::token(&mut state, request),
            Endpoint::Revoke => token::revoke(&mut state, request),
            api::INTROSPECT => token::introspect(&state, request),
            Endpoint::UserInfo => token::me(&state, request),
            endpoint => api::call(&mut state, endpoint, request),
        }
    }
}
