//! What the APIs have in common: a token, its scopes, and partial answers.

use super::{
    GoogleAccount, Time, api_error, calendar, docs, drive, fields, gmail, scope::Scopes, sheets, state::State,
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest};

/// One API of Google.
pub(super) struct Api {
    /// Its name in errors.
    pub(super) service: &'static str,
    /// The method that a request calls.
    pub(super) route: fn(&RecordedRequest) -> Option<Endpoint>,
    /// The scopes of which a method needs one, as its description lists them.
    pub(super) accepted: fn(Endpoint) -> &'static [&'static str],
    /// Carries out a call that may be made.
    pub(super) carry_out: fn(&mut Call<'_>) -> Answer,
}

/// A call that may be made, and by whom.
pub(super) struct Call<'a> {
    pub(super) state: &'a mut State,
    pub(super) time: &'a Time,
    pub(super) method: Endpoint,
    pub(super) request: &'a RecordedRequest,
    pub(super) account: GoogleAccount,
}

impl Call<'_> {
    /// Whether the grant has one of these scopes too.
    pub(super) fn may(&self, scopes: &[&str]) -> bool {
        let token = self.request.bearer();
        let grant = token.and_then(|token| self.state.by_access_token(token, self.time.elapsed()));
        grant.is_some_and(|grant| may(&grant.scopes, scopes))
    }
}

const APIS: [&Api; 5] = [&calendar::API, &docs::API, &drive::API, &gmail::API, &sheets::API];

pub(super) fn route(request: &RecordedRequest) -> Option<Endpoint> {
    APIS.iter().find_map(|api| (api.route)(request))
}

/// First the token, then its scopes, then the call.
pub(super) fn call(state: &mut State, time: &Time, method: Endpoint, request: &RecordedRequest) -> Answer {
    let (Some(api), Endpoint::Api(name)) =
        (APIS.iter().find(|api| (api.route)(request) == Some(method)), method)
    else {
        return api_error::not_found();
    };
    let grant = request.bearer().and_then(|token| state.by_access_token(token, time.elapsed()));
    let account = grant.and_then(|grant| state.account_by_sub(&grant.sub));
    let (Some(grant), Some(account)) = (grant, account.filter(|account| !account.deleted)) else {
        return api_error::unauthenticated();
    };
    if !may(&grant.scopes, (api.accepted)(method)) {
        return api_error::insufficient_scope(api.service, name);
    }
    let account = account.clone();
    let answer = (api.carry_out)(&mut Call { state, time, method, request, account });
    match request.query("fields") {
        Some(mask) if answer.status.is_success() => fields::select(answer, mask),
        _ => answer,
    }
}

/// Scopes of Google's APIs are named by the end of their address.
fn may(scopes: &Scopes, accepted: &[&str]) -> bool {
    accepted.iter().any(|scope| scopes.contains(&format!("https://www.googleapis.com/auth/{scope}")))
}

/// One percent-encoded part of a path. A `+` is a plus there.
pub(super) fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("part={}", part.replace('+', "%2B")).as_bytes())
        .map(|(_, value)| value.into_owned())
        .next()
        .unwrap_or_default()
}
