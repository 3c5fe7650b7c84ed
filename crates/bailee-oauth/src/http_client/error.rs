use crate::reach::ReachError;
use bailee_core::ProviderError;

/// Why a request brought no answer, told by what is known of it. Holds neither address nor content.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpError {
    /// The answer is compressed although that was not asked for; it was not read.
    #[error("the answer is encoded in a way that was not asked for")]
    Encoded,
    /// No connection came about (DNS, TCP, TLS, proxy): the request was not carried out.
    #[error("no connection could be made")]
    NotSent,
    /// The request was sent, or may have been, and its answer did not arrive whole in time.
    #[error("the answer did not arrive")]
    OutcomeUnknown,
    /// The answer points elsewhere (3xx); it was not followed.
    #[error("the answer points to another address")]
    Redirected,
    /// The address leads to where users may not point ([`Reach`](crate::Reach)); nothing was sent.
    #[error("the address is not of the public internet")]
    RefusedAddress,
    /// The token holds characters that no header may carry; nothing was sent.
    #[error("the token holds characters that are not allowed")]
    RefusedToken,
    /// The address is not one that may be asked, or not one that may receive this token; nothing was sent.
    #[error("the address is not allowed")]
    RefusedUrl,
    /// The body is larger than the limit of the request; the rest was not read.
    #[error("the answer is too large")]
    TooLarge,
}

impl From<HttpError> for ProviderError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Encoded => Self::Malformed { problem: "the body is compressed" },
            HttpError::NotSent | HttpError::Redirected => Self::Unavailable { retry_after: None },
            HttpError::OutcomeUnknown => Self::OutcomeUnknown,
            HttpError::RefusedAddress => ReachError::Blocked.into(),
            HttpError::RefusedToken => Self::TokenRejected,
            HttpError::RefusedUrl => Self::Unsupported,
            HttpError::TooLarge => Self::Malformed { problem: "the body is too large" },
        }
    }
}

impl From<ReachError> for HttpError {
    fn from(error: ReachError) -> Self {
        match error {
            ReachError::Blocked => Self::RefusedAddress,
            ReachError::Invalid => Self::RefusedUrl,
            ReachError::Unreachable | ReachError::Unresolved | ReachError::Untrusted => Self::NotSent,
        }
    }
}

/// A client could not be built from its options.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the HTTP client cannot be built: {problem}")]
pub struct HttpClientError {
    /// What is wrong with the options.
    pub problem: &'static str,
}
