//! From Teller's errors to [`ProviderError`], by known words only (<https://teller.io/docs/api/errors>).

use serde::Deserialize;

use bailee_core::ProviderError;
use bailee_oauth::Response;

/// What a code begins with when the bank login has to be repaired by its owner.
const DISCONNECTED: &str = "enrollment.disconnected";

#[derive(Default, Deserialize)]
struct Body {
    #[serde(default)]
    error: Error,
}

#[derive(Default, Deserialize)]
struct Error {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

/// Reads an error answer.
pub(super) fn classify(response: &Response) -> ProviderError {
    let status = response.status().as_u16();
    let retry_after = response.retry_after();
    let Body { error } = serde_json::from_slice(response.body()).unwrap_or_default();
    match status {
        400 if error.message.starts_with("Missing certificate") => ProviderError::Client,
        401 | 403 => ProviderError::TokenRejected,
        404 if error.code.starts_with(DISCONNECTED) => {
            ProviderError::GrantRevoked { reason: "enrollment_disconnected" }
        }
        429 => ProviderError::RateLimited { retry_after },
        408 | 500..=599 => ProviderError::Unavailable { retry_after },
        _ => ProviderError::Rejected { status, code: code(&error.code) },
    }
}

/// The words that become a code of ours.
fn code(word: &str) -> &'static str {
    match word {
        "bad_request" => "bad_request",
        "not_found" => "not_found",
        _ if word.starts_with("account.closed") => "account.closed",
        _ => "other",
    }
}
