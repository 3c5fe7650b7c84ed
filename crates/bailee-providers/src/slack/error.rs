//! From Slack's error words to [`ProviderError`].

use bailee_core::{OAuthScope, OAuthScopes, ProviderError};
use bailee_oauth::Response;

/// What no success of HTTP is.
pub(super) fn of_status(response: &Response) -> ProviderError {
    let retry_after = response.retry_after();
    match response.status().as_u16() {
        401 => ProviderError::TokenRejected,
        429 => ProviderError::RateLimited { retry_after },
        408 | 500..=599 => ProviderError::Unavailable { retry_after },
        status => ProviderError::Rejected { status, code: "other" },
    }
}

/// What an answer with `ok: false` means.
pub(super) fn of_word(word: &str, response: &Response) -> ProviderError {
    let retry_after = response.retry_after();
    match word {
        "account_inactive" | "invalid_auth" | "not_authed" | "token_expired" | "token_revoked" => {
            ProviderError::TokenRejected
        }
        "bad_client_secret" | "invalid_client_id" => ProviderError::Client,
        "fatal_error" | "internal_error" | "service_unavailable" => {
            ProviderError::Unavailable { retry_after }
        }
        "missing_scope" => ProviderError::MissingGrant { scopes: posting() },
        "rate_limited" | "ratelimited" => ProviderError::RateLimited { retry_after },
        other => ProviderError::Rejected { status: response.status().as_u16(), code: code(other) },
    }
}

/// All that this adapter does with a token needs this scope alone.
fn posting() -> OAuthScopes {
    OAuthScopes::new(OAuthScope::new("chat:write"))
}

/// The words that become a code of ours.
fn code(word: &str) -> &'static str {
    const WORDS: [&str; 13] = [
        "channel_not_found",
        "client_id_token_mismatch",
        "ekm_access_denied",
        "is_archived",
        "message_limit_exceeded",
        "msg_too_long",
        "no_permission",
        "no_text",
        "not_in_channel",
        "org_login_required",
        "restricted_action",
        "team_access_not_granted",
        "too_many_attachments",
    ];
    WORDS
        .into_iter()
        .find(|known| *known == word)
        .unwrap_or_else(|| if word.starts_with("restricted_action") { "restricted_action" } else { "other" })
}
