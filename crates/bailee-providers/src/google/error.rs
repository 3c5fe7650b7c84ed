//! From Google's four error shapes to [`ProviderError`], by known words only.

use serde_json::Value;

use bailee_core::{ProviderError, ScopeSets};
use bailee_oauth::Response;

/// Reads an error answer of an API.
///
/// The shapes: classic `error.errors[].reason`, `google.rpc.Status` with `error.details[].reason` and `error.status`,
/// the flat OAuth one with a text in `error`, and a bare status with a `WWW-Authenticate` header.
pub(super) fn classify(response: &Response, needs: Option<&ScopeSets>) -> ProviderError {
    let status = response.status().as_u16();
    let retry_after = response.retry_after();
    match status {
        401 => return ProviderError::TokenRejected,
        429 => return ProviderError::RateLimited { retry_after },
        408 | 500..=599 => return ProviderError::Unavailable { retry_after },
        _ => {}
    }
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
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
                let scopes = needs.and_then(ScopeSets::preferred).cloned().unwrap_or_default();
                return ProviderError::MissingGrant { scopes };
            }
            _ => {}
        }
    }
    let code = reasons(&body).find_map(code).unwrap_or("other");
    ProviderError::Rejected { status, code }
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
