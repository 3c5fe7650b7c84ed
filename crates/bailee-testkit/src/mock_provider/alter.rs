use std::convert::Infallible;

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::{Answer, Fault, gzip::gzip, hub::Outcome, hub::wait};

/// The size of the pieces in which endless bodies are sent.
const PIECE: usize = 64 * 1024;
/// The size of one header of a flood.
const FLOOD_HEADER: usize = 8 * 1024;

/// What a refusing fault answers instead of carrying the request out; `None` for the other faults.
pub(super) fn refusal(fault: &Fault) -> Option<Outcome> {
    let answer = match fault {
        Fault::DropBeforeProcessing => return Some(Outcome::Cut),
        Fault::Answer { status, json } => Answer::json(status_of(*status), json),
        Fault::Body(bytes) => Answer::typed(StatusCode::OK, "application/json", bytes.clone()),
        Fault::Error(code) => oauth_error(code),
        Fault::ErrorIn200(code) => Answer { status: StatusCode::OK, ..oauth_error(code) },
        Fault::Html => Answer::html(
            StatusCode::OK,
            "<!doctype html><title>Sign in</title><p>Please sign in to the network.</p>".to_owned(),
        ),
        Fault::HugeBody(_) => {
            let answer = Answer::typed(StatusCode::OK, "application/json", Bytes::new());
            return Some(Outcome::Answer(answer, Some(fault.clone())));
        }
        Fault::Redirect(url) => Answer::empty(StatusCode::FOUND).with(header::LOCATION, url.as_str()),
        Fault::Status(status) => Answer::html(
            status_of(*status),
            "<!doctype html><title>Error</title><p>That is an error.</p>".to_owned(),
        ),
        Fault::TooManyRequests { retry_after } => {
            retry_later(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", *retry_after)
        }
        Fault::Unavailable { retry_after } => {
            retry_later(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", *retry_after)
        }
        Fault::WrongJson => Answer::json(StatusCode::OK, &json!([{ "status": "fine" }, 7, null])),
        _ => return None,
    };
    Some(Outcome::Answer(answer, None))
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn oauth_error(code: &str) -> Answer {
    let status = match code {
        "invalid_client" | "deleted_client" | "unauthorized_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": code, "error_description": "A fault of the test." });
    Answer::json(status, &body)
}

fn retry_later(status: StatusCode, code: &str, retry_after: Option<u32>) -> Answer {
    let answer = Answer::json(status, &json!({ "error": code }));
    match retry_after {
        Some(seconds) => answer.with(header::RETRY_AFTER, seconds),
        None => answer,
    }
}

/// What a spoiling fault does to the content of an answer.
pub(super) fn spoil(answer: Answer, fault: &Fault) -> Answer {
    match fault {
        Fault::AccessToken(token) => change(answer, |body| put(body, "access_token", json!(token))),
        Fault::DuplicateKeys => duplicate_keys(answer),
        Fault::ExpiresIn(Some(value)) => change(answer, |body| put(body, "expires_in", value.clone())),
        Fault::ExpiresIn(None) => change(answer, |body| drop(body.remove("expires_in"))),
        Fault::ExtraFields => change(answer, |body| {
            put(body, "x_new_member", json!({ "deep": [[[{ "er": null }]]], "on": true }));
            // Where `ok` is a member that the provider's documents name, it keeps its meaning.
            body.entry("ok").or_insert_with(|| json!("perhaps"));
        }),
        Fault::Gzip => {
            Answer { body: gzip(&answer.body).into(), ..answer.with(header::CONTENT_ENCODING, "gzip") }
        }
        Fault::NarrowScope(scopes) => change(answer, |body| put(body, "scope", json!(scopes.join(" ")))),
        Fault::NoAccessToken => change(answer, |body| drop(body.remove("access_token"))),
        Fault::TokenType(kind) => change(answer, |body| put(body, "token_type", json!(kind))),
        _ => answer,
    }
}

fn put(body: &mut Map<String, Value>, name: &str, value: Value) {
    body.insert(name.to_owned(), value);
}

/// Changes an answer that is a JSON object; leaves others alone.
fn change(answer: Answer, change: impl FnOnce(&mut Map<String, Value>)) -> Answer {
    let Ok(Value::Object(mut body)) = serde_json::from_slice(&answer.body) else {
        return answer;
    };
    change(&mut body);
    Answer { body: Value::Object(body).to_string().into(), ..answer }
}

/// Each member first with the text `duplicate`, then as it was.
fn duplicate_keys(answer: Answer) -> Answer {
    let Ok(Value::Object(body)) = serde_json::from_slice(&answer.body) else {
        return answer;
    };
    let members: Vec<String> = body
        .iter()
        .map(|(name, value)| format!("{0}:\"duplicate\",{0}:{value}", Value::from(name.as_str())))
        .collect();
    Answer { body: format!("{{{}}}", members.join(",")).into(), ..answer }
}

/// Puts an answer on the wire, with what a fault still does to it there.
pub(super) fn send(answer: Answer, fault: Option<&Fault>) -> Response {
    let Answer { status, headers, body } = answer;
    let mut headers: HeaderMap = headers.into_iter().collect();
    let body = match fault {
        Some(Fault::HugeBody(bytes)) => huge(*bytes),
        Some(Fault::SlowBytes(interval)) => {
            headers.insert(header::CONTENT_LENGTH, body.len().into());
            slow(body, *interval)
        }
        Some(Fault::Truncate(length)) => {
            headers.insert(header::CONTENT_LENGTH, body.len().into());
            truncated(&body, *length)
        }
        Some(Fault::HeaderFlood(bytes)) => {
            let value = HeaderValue::from_bytes(&vec![b'x'; FLOOD_HEADER]);
            for number in 0..bytes.div_ceil(FLOOD_HEADER) {
                let name = HeaderName::from_bytes(format!("x-flood-{number}").as_bytes());
                if let (Ok(name), Ok(value)) = (name, &value) {
                    headers.insert(name, value.clone());
                }
            }
            Body::from(body)
        }
        _ => Body::from(body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

/// A JSON object with one long string, made while it is sent.
fn huge(bytes: u64) -> Body {
    let piece = Bytes::from(vec![b'a'; PIECE]);
    let pieces = bytes.div_ceil(PIECE as u64);
    let head = stream::once(async { Bytes::from_static(b"{\"access_token\":\"") });
    let filling = stream::iter(0..pieces).map(move |_| piece.clone());
    let tail = stream::once(async { Bytes::from_static(b"\"}") });
    Body::from_stream(head.chain(filling).chain(tail).map(Ok::<_, Infallible>))
}

fn slow(body: Bytes, interval: std::time::Duration) -> Body {
    Body::from_stream(stream::unfold(body, move |mut body| async move {
        if body.is_empty() {
            return None;
        }
        wait(interval).await;
        let byte = body.split_to(1);
        Some((Ok::<_, Infallible>(byte), body))
    }))
}

/// The first bytes but never all of them, then a failure. What precedes the failure is flushed.
fn truncated(body: &Bytes, length: usize) -> Body {
    let start = body.slice(..length.min(body.len().saturating_sub(1)));
    let start = stream::once(async move { Ok(start) });
    let end = stream::once(async {
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    Body::from_stream(start.chain(end))
}
