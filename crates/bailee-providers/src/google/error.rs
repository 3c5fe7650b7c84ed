//! From Google's four error shapes to [`ProviderError`], by known words only.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use bailee_core::{ProviderError, ScopeSets};
use bailee_oauth::Response;

/// What is known of a call besides its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked<'a> {
    /// What a missing consent is reported as.
    pub(super) needs: Option<&'a ScopeSets>,
    /// When it was made.
    pub(super) now: Option<DateTime<Utc>>,
}

/// Gmail's longest wait is a quarter of it; more would be a clock that is wrong.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Reads an error answer of an API.
///
/// The shapes: classic `error.errors[].reason`, `google.rpc.Status` with `error.details[].reason` and `error.status`,
/// the flat OAuth one with a text in `error`, and a bare status with a `WWW-Authenticate` header.
pub(super) fn classify(response: &Response, asked: Asked<'_>) -> ProviderError {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let retry_after = response.retry_after().or_else(|| told_wait(&body, asked.now?));
    match status {
        401 => return ProviderError::TokenRejected,
        429 => return ProviderError::RateLimited { retry_after },
        408 | 500..=599 => return ProviderError::Unavailable { retry_after },
        _ => {}
    }
    for reason in reasons(&body) {
        match reason {
            "rateLimitExceeded"
            | "userRateLimitExceeded"
            | "quotaExceeded"
            | "dailyLimitExceeded"
            | "RATE_LIMIT_EXCEEDED"
            | "RESOURCE_EXHAUSTED" => {
                return ProviderError::RateLimited { retry_after };
            }
            "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" | "insufficient_scope" => {
                let scopes = asked.needs.and_then(ScopeSets::preferred).cloned().unwrap_or_default();
                return ProviderError::MissingGrant { scopes };
            }
            _ => {}
        }
    }
    let code = reasons(&body).find_map(code).unwrap_or("other");
    ProviderError::Rejected { status, code }
}

/// How long to wait, where a message says until when, as Gmail does: `User-rate limit exceeded.  Retry after <time>`.
fn told_wait(body: &Value, now: DateTime<Utc>) -> Option<Duration> {
    let (_, after) = body.pointer("/error/message")?.as_str()?.split_once("Retry after ")?;
    let until = DateTime::parse_from_rfc3339(after.split_whitespace().next()?).ok()?;
    let wait = (until.with_timezone(&Utc) - now).to_std().ok()?;
    Some(wait.min(LONGEST_WAIT))
}

/// Every word of an error answer that may tell what is wrong, the most telling first.
fn reasons(body: &Value) -> impl Iterator<Item = &str> {
    let error = body.get("error");
    let listed = |list: &str| {
        let list = error.and_then(|error| error.get(list)).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|entry| entry.get("reason").and_then(Value::as_str))
    };
    let flat = error.and_then(Value::as_str);
    let status = error.and_then(|error| error.get("status")).and_then(Value::as_str);
    flat.into_iter().chain(listed("details")).chain(listed("errors")).chain(status)
}

/// The words that become a code of ours.
fn code(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "accessNotConfigured" | "SERVICE_DISABLED" => "accessNotConfigured",
        "appNotAuthorizedToFile" => "appNotAuthorizedToFile",
        "badRequest" | "INVALID_ARGUMENT" | "invalid_request" => "badRequest",
        "conditionNotMet" => "conditionNotMet",
        "deleted" => "deleted",
        "domainPolicy" => "domainPolicy",
        "duplicate" | "ALREADY_EXISTS" => "duplicate",
        "forbidden" | "PERMISSION_DENIED" => "forbidden",
        "forbiddenForNonOrganizer" => "forbiddenForNonOrganizer",
        "fullSyncRequired" => "fullSyncRequired",
        "invalid" => "invalid",
        "notFound" | "NOT_FOUND" => "notFound",
        "required" => "required",
        "requiredAccessLevel" => "requiredAccessLevel",
        "timeRangeEmpty" => "timeRangeEmpty",
        _ => return None,
    })
}
