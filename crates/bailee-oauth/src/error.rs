//! From an error answer to [`ProviderError`], by known words only.

use std::{fmt, time::Duration};

use serde_json::{Map, Value};

use bailee_core::ProviderError;

/// What was asked of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenRequest {
    /// An authorization code for a grant.
    Exchange,
    /// A refresh token for an access token.
    Refresh,
    /// To end a grant.
    Revoke,
}

/// An error answer, as a [`FailureHook`] sees it. Its texts are the provider's: compare them, never show them.
#[derive(Clone, Copy)]
pub struct TokenFailure<'a> {
    /// What was asked.
    pub request: TokenRequest,
    /// The HTTP status.
    pub status: u16,
    /// `error` of the answer, where it is a text.
    pub error: Option<&'a str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) members: Option<&'a Map<String, Value>>,
}

/// Maps what is particular to a provider; `None` leaves the answer to the rules of RFC 6749.
pub type FailureHook = fn(&TokenFailure<'_>) -> Option<ProviderError>;

impl<'a> TokenFailure<'a> {
    /// A text member of the answer, for example `error_subtype`.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&'a str> {
        self.members?.get(name)?.as_str()
    }

    /// How long the provider asks to wait.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    pub(crate) fn into_error(self, hook: FailureHook) -> ProviderError {
        hook(&self).unwrap_or_else(|| self.by_the_book())
    }

    fn by_the_book(&self) -> ProviderError {
        let retry_after = self.retry_after;
        match self.status {
            429 => return ProviderError::RateLimited { retry_after },
            300..=399 | 408 | 500..=599 => return ProviderError::Unavailable { retry_after },
            _ => {}
        }
        let revoking = self.request == TokenRequest::Revoke;
        match self.error {
            Some("access_denied") => ProviderError::Denied,
            Some("invalid_client" | "unauthorized_client" | "deleted_client") => ProviderError::Client,
            Some("invalid_grant" | "invalid_token") if revoking => ProviderError::AlreadyDone,
            Some("unsupported_token_type") if revoking => ProviderError::Unsupported,
            Some("invalid_grant") => ProviderError::GrantRevoked { reason: "invalid_grant" },
            Some("slow_down" | "rate_limited" | "ratelimited") => ProviderError::RateLimited { retry_after },
            Some("temporarily_unavailable" | "server_error") => ProviderError::Unavailable { retry_after },
            // Whatever a proxy in between says of a grant is not believed; a refused revocation stays refused.
            _ if self.members.is_none() && !revoking => {
                ProviderError::Malformed { problem: "the body is not a JSON object" }
            }
            word => ProviderError::Rejected { status: self.status, code: word.map_or("other", known_word) },
        }
    }
}

/// The error words of RFC 6749 §5.2, RFC 7009 §2.2.1 and RFC 6750 §3.1 that become a code of ours.
pub(crate) fn known_word(word: &str) -> &'static str {
    const WORDS: [&str; 7] = [
        "insufficient_scope",
        "invalid_request",
        "invalid_scope",
        "invalid_token",
        "unsupported_grant_type",
        "unsupported_response_type",
        "unsupported_token_type",
    ];
    WORDS.into_iter().find(|known| *known == word).unwrap_or("other")
}

/// Without the provider's texts.
impl fmt::Debug for TokenFailure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFailure")
            .field("request", &self.request)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
