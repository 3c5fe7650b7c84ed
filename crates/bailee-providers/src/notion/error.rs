//! From Notion's error answers to [`ProviderError`], by known words only.

use std::time::Duration;

use serde_json::Value;

use bailee_core::{ProviderError, ScopeSets};
use bailee_oauth::Response;

/// The longest wait that is taken from a body, as from a header.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// Reads an error answer of the API: `{"object":"error","status":…,"code":"…","additional_data":{…}}`.
///
/// A 403 without that shape is a page of the network before the API, and no word about the grant.
pub(super) fn classify(response: &Response, needs: &ScopeSets) -> ProviderError {
    let status = response.status().as_u16();
    let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let code = body.get("code").and_then(Value::as_str).map_or("other", known);
    let more = |name: &str| body.get("additional_data").and_then(|more| more.get(name));
    match (status, code) {
        (401, _) => ProviderError::TokenRejected,
        // A wait would not help.
        (429, _) if more("rate_limit_reason").is_some_and(|reason| reason == BLOCKED) => {
            ProviderError::Rejected { status, code: BLOCKED }
        }
        (429 | 529, _) => {
            let told = more("retry_after").and_then(Value::as_str).and_then(|seconds| seconds.parse().ok());
            let told = told.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
            ProviderError::RateLimited { retry_after: response.retry_after().or(told) }
        }
        (408 | 500..=599, _) => ProviderError::Unavailable { retry_after: response.retry_after() },
        // The other reason for it is a workspace that is full.
        (403, "restricted_resource") if more("block_limit").is_none() => {
            ProviderError::MissingGrant { scopes: needs.preferred().cloned().unwrap_or_default() }
        }
        _ => ProviderError::Rejected { status, code },
    }
}

const BLOCKED: &str = "public_api_request_blocked";

/// The words that become a code of ours.
fn known(code: &str) -> &'static str {
    const WORDS: [&str; 8] = [
        "conflict_error",
        "invalid_json",
        "invalid_request",
        "invalid_request_url",
        "missing_version",
        "object_not_found",
        "restricted_resource",
        "validation_error",
    ];
    WORDS.into_iter().find(|known| *known == code).unwrap_or("other")
}
