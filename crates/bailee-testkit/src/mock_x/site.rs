use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    ALL_MESSAGES, CONVERSATION, CREATE_POST, HOME_TIMELINE, SEND_MESSAGE, answer, messages, oauth, posts,
    state::{State, XAccount},
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, Site};

const NO_METHOD: Endpoint = Endpoint::Api("no such method");

/// The state behind the server.
#[derive(Debug, Default)]
pub(super) struct XSite {
    state: Mutex<State>,
}

impl XSite {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Site for XSite {
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        let (method, endpoint) = match parts.as_slice() {
            ["i", "oauth2", "authorize"] if request.method == Method::POST => {
                (Method::POST, Endpoint::Authorize)
            }
            ["i", "oauth2", "authorize"] => (Method::GET, Endpoint::Authorize),
            ["2", "oauth2", "token"] => (Method::POST, Endpoint::Token),
            ["2", "oauth2", "revoke"] => (Method::POST, Endpoint::Revoke),
            ["2", "users", "me"] => (Method::GET, Endpoint::UserInfo),
            ["2", "users", _, "timelines", "reverse_chronological"] => (Method::GET, HOME_TIMELINE),
            ["2", "tweets"] => (Method::POST, CREATE_POST),
            ["2", "dm_events"] => (Method::GET, ALL_MESSAGES),
            ["2", "dm_conversations", _, "dm_events"] => (Method::GET, CONVERSATION),
            ["2", "dm_conversations", "with", _, "messages"] => (Method::POST, SEND_MESSAGE),
            _ => return None,
        };
        Some(if request.method == method { endpoint } else { NO_METHOD })
    }

    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
        let mut state = self.state();
        match endpoint {
            Endpoint::Authorize => oauth::consent(&mut state, request),
            Endpoint::Token => oauth::token(&mut state, request),
            Endpoint::Revoke => oauth::revoke(&mut state, request),
            NO_METHOD => Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
            endpoint => {
                let limit = state.limits.get(&endpoint).copied();
                let answer =
                    if limit.is_some() { answer::too_many() } else { api(&mut state, endpoint, request) };
                answer::with_limit(answer, limit)
            }
        }
    }
}

/// Carries out a call: first the token, then its scopes, then the call.
fn api(state: &mut State, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
    let grant = request.bearer().and_then(|token| state.grants.by_access_token(token));
    let Some((account, scopes)) =
        grant.and_then(|grant| Some((state.account(&grant.account)?.clone(), grant.scopes.clone())))
    else {
        return answer::unauthorized();
    };
    if needs(endpoint).iter().any(|scope| !scopes.contains(*scope)) {
        return answer::forbidden("Forbidden");
    }
    match endpoint {
        CREATE_POST => posts::create(state, &account, request),
        HOME_TIMELINE => posts::timeline(state, &account, request),
        SEND_MESSAGE => messages::send(state, &account, request),
        ALL_MESSAGES | CONVERSATION => messages::read(state, &account, request),
        _ => Answer::json(StatusCode::OK, &json!({ "data": user(&account) })),
    }
}

fn needs(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        CREATE_POST => &["tweet.read", "tweet.write", "users.read"],
        SEND_MESSAGE => &["dm.read", "dm.write", "tweet.read", "users.read"],
        ALL_MESSAGES | CONVERSATION => &["dm.read", "tweet.read", "users.read"],
        _ => &["tweet.read", "users.read"],
    }
}

pub(super) fn user(account: &XAccount) -> serde_json::Value {
    json!({ "id": account.id, "name": account.name, "username": account.username })
}
