//! From X's error shapes to [`ProviderError`], by known words only.

use chrono::{DateTime, Utc};
use http::HeaderName;
use serde_json::Value;

use bailee_core::ProviderError;
use bailee_oauth::Response;

/// The second since the epoch at which a limit ends.
pub(super) const RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// Reads an error answer of the API: a problem document, a list of errors, both, or neither. `now` measures the end of
/// a limit where the answer has no date.
pub(super) fn classify(response: &Response, now: DateTime<Utc>) -> ProviderError {
    let status = response.status().as_u16();
    let retry_after = response.retry_after();
    match status {
        401 => return ProviderError::TokenRejected,
        429 => {
            let retry_after = retry_after.or_else(|| response.wait_until(&RESET, Some(now)));
            return ProviderError::RateLimited { retry_after };
        }
        408 | 500..=599 => return ProviderError::Unavailable { retry_after },
        _ => {}
    }
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    ProviderError::Rejected { status, code: code(status, &body) }
}

/// A success without anything in it but errors.
pub(super) fn in_success(errors: &[Value]) -> ProviderError {
    let code = errors.iter().find_map(|error| word(problem(error)?)).unwrap_or("other");
    ProviderError::Rejected { status: 200, code }
}

fn code(status: u16, body: &Value) -> &'static str {
    let listed = body.get("errors").and_then(Value::as_array);
    let all = || std::iter::once(body).chain(listed.into_iter().flatten());
    let texts = || {
        ["detail", "message"].into_iter().flat_map(|name| all().filter_map(move |it| it.get(name)?.as_str()))
    };
    if status == 403 && texts().any(|text| text.contains("duplicate content")) {
        return "duplicate";
    }
    let named = all().find_map(|error| word(problem(error)?));
    named.unwrap_or(match status {
        402 => "credits-depleted",
        403 => "forbidden",
        404 => "resource-not-found",
        _ => "other",
    })
}

/// The last part of a problem's type: its host changed.
fn problem(error: &Value) -> Option<&str> {
    error.get("type")?.as_str()?.rsplit('/').next()
}

/// The words that become a code of ours.
fn word(problem: &str) -> Option<&'static str> {
    const WORDS: [&str; 7] = [
        "client-forbidden",
        "credits-depleted",
        "invalid-request",
        "not-authorized-for-resource",
        "rate-limit-exceeded",
        "resource-not-found",
        "usage-capped",
    ];
    WORDS.into_iter().find(|known| *known == problem)
}
