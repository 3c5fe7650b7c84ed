use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::Method;

use super::{DELETE_WEBHOOK, GET_ME, GET_WEBHOOK_INFO, SEND_MESSAGE, SET_WEBHOOK, api, chat, state::State};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, Site};

const METHODS: [Endpoint; 5] = [DELETE_WEBHOOK, GET_ME, GET_WEBHOOK_INFO, SEND_MESSAGE, SET_WEBHOOK];

/// The state behind the server.
#[derive(Default)]
pub(super) struct TelegramSite {
    state: Mutex<State>,
}

impl TelegramSite {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state is made of secrets.
impl fmt::Debug for TelegramSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramSite").finish_non_exhaustive()
    }
}

impl Site for TelegramSite {
    /// `/bot<token>/<method>`, whose case does not count, or the name of a bot.
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        if chat::bot(&self.state(), &request.path).is_some() {
            return Some(Endpoint::Authorize);
        }
        let (_, method) = parts(&request.path)?;
        let named = |endpoint: &Endpoint| matches!(endpoint, Endpoint::Api(name) if name.eq_ignore_ascii_case(method));
        METHODS.into_iter().find(named)
    }

    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
        if endpoint == Endpoint::Authorize {
            return chat::answer(&mut self.state(), request);
        }
        let known = matches!(request.method, Method::GET | Method::POST);
        match parts(&request.path).filter(|_| known) {
            Some((token, _)) => api::call(&mut self.state(), endpoint, token, request),
            None => api::refused(404, "Not Found"),
        }
    }
}

/// Token and method of a path.
fn parts(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/bot")?.split_once('/')
}
