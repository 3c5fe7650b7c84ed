use chrono::{DateTime, Utc};
use http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use crate::mock_provider::Answer;

/// The Sunday on which everything happens at the mock.
pub(super) const NOW: i64 = 1_763_856_000;

pub(super) fn created_at() -> String {
    DateTime::<Utc>::from_timestamp(NOW, 0).unwrap_or_default().format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// A problem document (RFC 9457), as the API has them.
pub(super) fn problem(status: StatusCode, kind: &str, title: &str, detail: &str) -> Answer {
    let body = json!({
        "title": title,
        "detail": detail,
        "type": if kind == "about:blank" { kind.to_owned() } else { format!("https://api.x.com/2/problems/{kind}") },
        "status": status.as_u16(),
    });
    Answer::typed(status, "application/problem+json", body.to_string())
}

pub(super) fn unauthorized() -> Answer {
    problem(StatusCode::UNAUTHORIZED, "about:blank", "Unauthorized", "Unauthorized")
}

/// A refusal without a reason, as where a scope is missing.
pub(super) fn forbidden(detail: &str) -> Answer {
    problem(StatusCode::FORBIDDEN, "about:blank", "Forbidden", detail)
}

pub(super) fn invalid(detail: &str) -> Answer {
    problem(StatusCode::BAD_REQUEST, "invalid-request", "Invalid Request", detail)
}

pub(super) fn too_many() -> Answer {
    problem(StatusCode::TOO_MANY_REQUESTS, "rate-limit-exceeded", "Too Many Requests", "Too Many Requests")
}

/// With the headers of every answer of the API: the limit ends in so many seconds by the clock of the answer.
pub(super) fn with_limit(answer: Answer, seconds: Option<i64>) -> Answer {
    let name = HeaderName::from_static;
    let date = DateTime::<Utc>::from_timestamp(NOW, 0).unwrap_or_default();
    answer
        .with(header::DATE, date.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .with(name("x-rate-limit-limit"), 75_u32)
        .with(name("x-rate-limit-remaining"), if seconds.is_some() { 0_u32 } else { 74 })
        .with(name("x-rate-limit-reset"), NOW + seconds.unwrap_or(900))
}

/// One page of a list whose newest item comes first; `None` for a token that nobody issued.
pub(super) fn page<T>(items: Vec<T>, size: usize, token: Option<&str>) -> Option<(Vec<T>, Option<String>)> {
    const PREFIX: &str = "mocktoken0000000";
    let start: usize = match token {
        None => 0,
        Some(token) => token.strip_prefix(PREFIX)?.parse().ok()?,
    };
    let more = items.len() > start + size;
    let page = items.into_iter().skip(start).take(size).collect();
    Some((page, more.then(|| format!("{PREFIX}{}", start + size))))
}

/// `data` is absent where there is none.
pub(super) fn list(data: Vec<Value>, users: &[Value], next: Option<String>) -> Answer {
    let mut body = json!({ "meta": { "result_count": data.len() } });
    if let Some(next) = next {
        put(&mut body, "/meta", "next_token", json!(next));
    }
    if !data.is_empty() {
        put(&mut body, "", "data", Value::Array(data));
    }
    if !users.is_empty() {
        put(&mut body, "", "includes", json!({ "users": users }));
    }
    Answer::json(StatusCode::OK, &body)
}

pub(super) fn put(body: &mut Value, place: &str, name: &str, value: Value) {
    if let Some(members) = body.pointer_mut(place).and_then(Value::as_object_mut) {
        members.insert(name.to_owned(), value);
    }
}
