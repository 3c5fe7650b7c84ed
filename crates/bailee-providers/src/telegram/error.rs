//! From the Bot API's descriptions to [`ProviderError`], by known words only.

use std::time::Duration;

use serde::Deserialize;

use bailee_core::ProviderError;
use bailee_oauth::Response;

/// No wait is longer than this, as for `Retry-After`.
const MAX_WAIT: Duration = Duration::from_mins(15);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    description: String,
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

pub(super) fn classify(response: &Response) -> ProviderError {
    let failure: Failure = serde_json::from_slice(response.body()).unwrap_or_default();
    let told = failure.parameters.retry_after.map(|seconds| Duration::from_secs(seconds).min(MAX_WAIT));
    let retry_after = response.retry_after().or(told);
    match response.status().as_u16() {
        401 => ProviderError::TokenRejected,
        429 => ProviderError::RateLimited { retry_after },
        // Two changes of a webhook at once.
        409 if retry_after.is_some() => ProviderError::RateLimited { retry_after },
        408 | 500..=599 => ProviderError::Unavailable { retry_after },
        status if failure.parameters.migrate_to_chat_id.is_some() => {
            ProviderError::Rejected { status, code: "chat_migrated" }
        }
        400 | 403 if is_gone(what(&failure.description)) => {
            ProviderError::GrantRevoked { reason: "chat_gone" }
        }
        status => ProviderError::Rejected { status, code: code(status, what(&failure.description)) },
    }
}

/// A description without the words of its status.
fn what(description: &str) -> &str {
    description.split_once(": ").map_or(description, |(_, what)| what)
}

/// Whether the chat can no longer be reached; the bot itself is well.
fn is_gone(what: &str) -> bool {
    let words = [
        "bot can't initiate conversation with a user",
        "bot was blocked by the user",
        "chat not found",
        "private chat not found",
        "the group chat was deleted",
        "user is deactivated",
    ];
    words.contains(&what)
        || what.starts_with("bot was kicked from the ")
        || what.starts_with("bot is not a member of the ")
}

/// The words that become a code of ours.
fn code(status: u16, what: &str) -> &'static str {
    match (status, what) {
        (400, "message text is empty") => "empty_text",
        (400, what) if what.ends_with("is too long") => "text_too_long",
        (403, _) => "forbidden",
        (404, _) => "not_found",
        (409, _) => "conflict",
        _ => "other",
    }
}
