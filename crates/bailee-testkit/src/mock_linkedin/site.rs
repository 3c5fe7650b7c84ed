use std::sync::{Mutex, MutexGuard, PoisonError};

use http::{Method, StatusCode};
use serde_json::json;

use super::{
    CREATE_POST, LinkedInAccount, SEND_MESSAGE, SNAPSHOT, api_error, messages, oauth, posts, state::State,
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, Site};

const NO_METHOD: Endpoint = Endpoint::Api("no such method");

/// The state behind the server.
#[derive(Debug, Default)]
pub(super) struct LinkedInSite {
    state: Mutex<State>,
}

impl LinkedInSite {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Site for LinkedInSite {
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        let (method, endpoint) = match request.path.as_str() {
            "/oauth/v2/authorization" if request.method == Method::POST => {
                (Method::POST, Endpoint::Authorize)
            }
            "/oauth/v2/authorization" => (Method::GET, Endpoint::Authorize),
            "/oauth/v2/accessToken" => (Method::POST, Endpoint::Token),
            "/v2/userinfo" => (Method::GET, Endpoint::UserInfo),
            "/v2/messages" => (Method::POST, SEND_MESSAGE),
            "/rest/posts" => (Method::POST, CREATE_POST),
            "/rest/memberSnapshotData" => (Method::GET, SNAPSHOT),
            _ => return None,
        };
        Some(if request.method == method { endpoint } else { NO_METHOD })
    }

    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
        let mut state = self.state();
        match endpoint {
            Endpoint::Authorize => oauth::consent(&mut state, request),
            Endpoint::Token => oauth::token(&mut state, request),
            NO_METHOD => Answer::empty(StatusCode::METHOD_NOT_ALLOWED),
            endpoint => api(&mut state, endpoint, request),
        }
    }
}

/// Carries out a call: first the token, then its scopes, then the headers, then the call.
fn api(state: &mut State, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
    let token = request.bearer().unwrap_or_default();
    let known = state.grants.by_access_token(token);
    let Some((grant, account)) =
        known.and_then(|grant| Some((grant, state.account(&grant.account)?.clone())))
    else {
        return api_error::unauthorized(state.grants.access_fate(token));
    };
    let (needs, resource) = match endpoint {
        CREATE_POST => ("w_member_social", "posts.CREATE.20260101"),
        SNAPSHOT => ("r_dma_portability_3rd_party", "memberSnapshotData.FINDER-criteria"),
        SEND_MESSAGE => ("openid", "POST /messages"),
        _ => ("openid", "userinfo.GET"),
    };
    let for_partners = [SNAPSHOT, SEND_MESSAGE].contains(&endpoint);
    if !grant.scopes.contains(needs) || (for_partners && !state.partner) {
        return api_error::forbidden(resource);
    }
    if let Some(refusal) = version(endpoint, request) {
        return refusal;
    }
    match endpoint {
        CREATE_POST => posts::create(state, &account, request),
        SEND_MESSAGE => messages::send(state, request),
        SNAPSHOT => messages::snapshot(state, request),
        _ => userinfo(&account),
    }
}

/// What is below `/rest` wants a version that lives.
fn version(endpoint: Endpoint, request: &RecordedRequest) -> Option<Answer> {
    let living: &[&str] = match endpoint {
        CREATE_POST => &["202601", "202602", "202603", "202604", "202605"],
        SNAPSHOT => &["202312"],
        _ => return None,
    };
    let asked = request.header("linkedin-version").unwrap_or_default();
    if !living.contains(&asked) {
        let message = format!("Requested version {asked} is not active");
        return Some(api_error::error(StatusCode::UPGRADE_REQUIRED, Some("NONEXISTENT_VERSION"), &message));
    }
    let protocol = request.header("x-restli-protocol-version") == Some("2.0.0");
    (!protocol).then(|| api_error::error(StatusCode::BAD_REQUEST, None, "Invalid protocol version"))
}

fn userinfo(account: &LinkedInAccount) -> Answer {
    let (given, family) = account.name.split_once(' ').unwrap_or((&account.name, ""));
    Answer::json(
        StatusCode::OK,
        &json!({
            "sub": account.id,
            "name": account.name,
            "given_name": given,
            "family_name": family,
            "locale": { "country": "US", "language": "en" },
            "email": account.email,
            "email_verified": true,
        }),
    )
}
