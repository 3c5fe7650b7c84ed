//! The part of the Gmail API, version 1, that the tools need.

mod control;
mod get;
mod list;
mod mailbox;
mod mime;
mod query;
mod send;

use http::Method;

use super::{
    api::{Api, Call, decoded},
    api_error,
};
use crate::mock_provider::{Answer, Endpoint, RecordedRequest};

pub(super) use mailbox::Mailbox;

/// `GET /users/{userId}/messages/{id}`.
pub const MESSAGES_GET: Endpoint = Endpoint::Api("gmail.users.messages.get");
/// `GET /users/{userId}/messages`.
pub const MESSAGES_LIST: Endpoint = Endpoint::Api("gmail.users.messages.list");
/// `POST /users/{userId}/messages/send`.
pub const MESSAGES_SEND: Endpoint = Endpoint::Api("gmail.users.messages.send");
/// `GET /users/{userId}/threads/{id}`.
pub const THREADS_GET: Endpoint = Endpoint::Api("gmail.users.threads.get");
/// `GET /users/{userId}/threads`.
pub const THREADS_LIST: Endpoint = Endpoint::Api("gmail.users.threads.list");

/// Where the API lives on the mock.
pub(super) const BASE: &str = "/gmail/v1";

pub(super) const API: Api = Api { service: "gmail.googleapis.com", route, accepted, carry_out };

/// The scopes that cover more than headers.
const READS_TEXTS: [&str; 2] = ["gmail.modify", "gmail.readonly"];

fn route(request: &RecordedRequest) -> Option<Endpoint> {
    let path = request.path.strip_prefix(BASE)?;
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["users", _, "messages"]) => Some(MESSAGES_LIST),
        (&Method::POST, ["users", _, "messages", "send"]) => Some(MESSAGES_SEND),
        (&Method::GET, ["users", _, "messages", id]) if !id.is_empty() => Some(MESSAGES_GET),
        (&Method::GET, ["users", _, "threads"]) => Some(THREADS_LIST),
        (&Method::GET, ["users", _, "threads", id]) if !id.is_empty() => Some(THREADS_GET),
        _ => None,
    }
}

fn accepted(method: Endpoint) -> &'static [&'static str] {
    if method == MESSAGES_SEND {
        &["gmail.compose", "gmail.modify", "gmail.send"]
    } else {
        &["gmail.metadata", "gmail.modify", "gmail.readonly"]
    }
}

fn carry_out(call: &mut Call<'_>) -> Answer {
    let mut parts = call.request.path.split('/').skip(4).map(decoded);
    let (user, id) = (parts.next().unwrap_or_default(), parts.nth(1).unwrap_or_default());
    if user != "me" && user != call.account.email {
        return api_error::not_found();
    }
    let reads_texts = call.may(&READS_TEXTS);
    let page_size = call.state.settings.page_size;
    let now = call.time.now();
    let mailbox = call.state.mailbox(&call.account.sub);
    if call.method == MESSAGES_SEND {
        send::send(mailbox, &call.account, call.request, now)
    } else if call.method == MESSAGES_LIST {
        list::messages(mailbox, call.request, page_size, reads_texts)
    } else if call.method == THREADS_LIST {
        list::threads(mailbox, call.request, page_size, reads_texts)
    } else if call.method == MESSAGES_GET {
        get::message(mailbox, call.request, &id, reads_texts)
    } else {
        get::thread(mailbox, call.request, &id, reads_texts)
    }
}
