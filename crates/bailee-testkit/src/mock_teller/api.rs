use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    connect,
    state::{Account, State},
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest, Site};

/// `DELETE /accounts`.
pub const ACCOUNTS_DELETE: Endpoint = Endpoint::Api("accounts.delete");
/// `GET /accounts/{account_id}`.
pub const ACCOUNTS_GET: Endpoint = Endpoint::Api("accounts.get");
/// `GET /accounts`.
pub const ACCOUNTS_LIST: Endpoint = Endpoint::Api("accounts.list");
/// `GET /accounts/{account_id}/balances`.
pub const BALANCES_GET: Endpoint = Endpoint::Api("balances.get");
/// `GET /accounts/{account_id}/transactions`.
pub const TRANSACTIONS_LIST: Endpoint = Endpoint::Api("transactions.list");

/// The state behind the server.
pub(super) struct TellerSite {
    state: Mutex<State>,
}

impl TellerSite {
    pub(super) const fn new(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state is made of secrets.
impl fmt::Debug for TellerSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TellerSite").finish_non_exhaustive()
    }
}

impl Site for TellerSite {
    fn route(&self, request: &RecordedRequest) -> Option<Endpoint> {
        let segments: Vec<&str> = request.path.split('/').skip(1).collect();
        match (&request.method, segments.as_slice()) {
            (&Method::GET | &Method::POST, ["connect", _]) => Some(Endpoint::Authorize),
            (&Method::GET, ["accounts"]) => Some(ACCOUNTS_LIST),
            (&Method::DELETE, ["accounts"]) => Some(ACCOUNTS_DELETE),
            (&Method::GET, ["accounts", _]) => Some(ACCOUNTS_GET),
            (&Method::GET, ["accounts", _, "balances"]) => Some(BALANCES_GET),
            (&Method::GET, ["accounts", _, "transactions"]) => Some(TRANSACTIONS_LIST),
            _ => None,
        }
    }

    fn answer(&self, endpoint: Endpoint, request: &RecordedRequest) -> Answer {
        let mut state = self.state();
        if endpoint == Endpoint::Authorize {
            return connect::answer(&mut state, request);
        }
        let Some(token) = basic_user(request) else {
            return error(StatusCode::UNAUTHORIZED, "unauthorized", "no token");
        };
        let Some((id, enrollment)) = state.by_token(&token) else {
            return error(StatusCode::FORBIDDEN, "forbidden", "the token is invalid");
        };
        if let Some(code) = &enrollment.disconnected {
            return error(StatusCode::NOT_FOUND, code, "the enrollment is disconnected");
        }
        if endpoint == ACCOUNTS_DELETE {
            let id = id.clone();
            state.enrollments.remove(&id);
            state.dead.push(token);
            return Answer::empty(StatusCode::NO_CONTENT);
        }
        if endpoint == ACCOUNTS_LIST {
            let accounts: Vec<&Value> = enrollment.accounts.iter().map(|account| &account.json).collect();
            return Answer::json(StatusCode::OK, &json!(accounts));
        }
        let wanted = request.path.split('/').nth(2).unwrap_or_default();
        match enrollment.accounts.iter().find(|account| account.id == wanted) {
            None => error(StatusCode::NOT_FOUND, "not_found", "no such account"),
            Some(account) if account.closed => error(StatusCode::GONE, "account.closed", "closed"),
            Some(account) => of_account(endpoint, account, request),
        }
    }
}

fn of_account(endpoint: Endpoint, account: &Account, request: &RecordedRequest) -> Answer {
    if endpoint == BALANCES_GET {
        let own = json!({ "self": format!("https://api.teller.io/accounts/{}/balances", account.id) });
        let body =
            json!({ "account_id": account.id, "ledger": "1203.55", "available": "1100.00", "links": own });
        return Answer::json(StatusCode::OK, &body);
    }
    if endpoint == ACCOUNTS_GET {
        return Answer::json(StatusCode::OK, &account.json);
    }
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let after = request.query("from_id");
    let skipped = after.map_or(0, |after| {
        let place = account.transactions.iter().position(|one| text(one, "id").as_deref() == Some(after));
        place.map_or(account.transactions.len(), |place| place + 1)
    });
    let in_window = |one: &&Value| {
        let date = text(one, "date").unwrap_or_default();
        request.query("start_date").is_none_or(|start| date.as_str() >= start)
            && request.query("end_date").is_none_or(|end| date.as_str() <= end)
    };
    let count = request.query("count").and_then(|count| count.parse().ok()).unwrap_or(usize::MAX);
    let list: Vec<&Value> = account.transactions.iter().skip(skipped).filter(in_window).take(count).collect();
    Answer::json(StatusCode::OK, &json!(list))
}

/// The user name of HTTP Basic authentication with an empty password.
fn basic_user(request: &RecordedRequest) -> Option<String> {
    let encoded = request.header("authorization")?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    pair.strip_suffix(':').map(str::to_owned)
}

fn error(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(status, &json!({ "error": { "code": code, "message": message } }))
}
