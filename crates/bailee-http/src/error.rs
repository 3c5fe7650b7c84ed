use std::time::Duration;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bailee_core::{ErrorKind, ProviderError};
use bailee_engine::{Error, InputProblem};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::AuthenticateError;

/// The media type of RFC 9457 §3.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not answered with what it asked for. Here alone kinds become statuses.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error(transparent)]
    Authenticate(#[from] AuthenticateError),
    #[error("the request does not prove that one of our pages sent it")]
    CrossSite,
    #[error(transparent)]
    Engine(#[from] Error),
    #[error("the answer could not be made")]
    Failed,
    #[error("only application/json is taken here")]
    MediaType,
    #[error("this method is not offered here")]
    MethodNotAllowed,
    #[error("there is no such organization")]
    NoSuchOrganization,
    #[error("the request took too long")]
    Timeout,
    #[error("the body is too large")]
    TooLarge,
}

/// A problem document of RFC 9457.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the title says no more than the status, and `code` tells problems apart.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The phrase of the status.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for programs.
    #[schema(example = "link_invalid")]
    code: &'static str,
    /// One sentence for people. It repeats nothing of the request.
    #[schema(example = "This link is no longer valid.")]
    detail: String,
    /// The field or parameter that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// Which part of the field is wrong: a JSON pointer (RFC 6901) into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    /// The integrations to choose from with `integration_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<Vec<Uuid>>,
}

impl HttpError {
    /// A part of the request that is wrong.
    pub(crate) const fn field(field: &'static str, problem: InputProblem) -> Self {
        Self::Engine(Error::Invalid { field, problem })
    }

    /// An error that a layer below answered with a bare status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::NOT_FOUND => Self::Engine(Error::NotFound),
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Timeout,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaType,
            status if status.is_server_error() => Self::Failed,
            _ => Self::field("request", InputProblem::Malformed),
        }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Authenticate(AuthenticateError::Unauthenticated) => status_of(ErrorKind::Unauthenticated),
            Self::Authenticate(AuthenticateError::Unavailable) | Self::Timeout => {
                status_of(ErrorKind::Unavailable)
            }
            Self::CrossSite => status_of(ErrorKind::Refused),
            // What failed behind a gateway is told apart from what failed here.
            Self::Engine(Error::Provider(error)) if matches!(error.kind(), ErrorKind::Unavailable) => {
                StatusCode::BAD_GATEWAY
            }
            Self::Engine(error) => status_of(error.kind()),
            Self::Failed => status_of(ErrorKind::Config),
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoSuchOrganization => status_of(ErrorKind::NotFound),
            Self::TooLarge => status_of(ErrorKind::TooLarge),
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Authenticate(AuthenticateError::Unauthenticated) => "unauthenticated",
            Self::Authenticate(AuthenticateError::Unavailable) => "sign_in_unavailable",
            Self::CrossSite => "cross_site",
            Self::Engine(Error::Provider(ProviderError::Unsupported)) => "unsupported",
            Self::Engine(error) => error.code(),
            Self::Failed => "failed",
            Self::MediaType => "media_type",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::NoSuchOrganization => "no_such_organization",
            Self::Timeout => "timeout",
            Self::TooLarge => "too_large",
        }
    }

    /// One sentence for people. Of what is broken inside, no more than that.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Engine(Error::Invalid { field, problem }) => format!("The field {field} {problem}."),
            Self::Engine(error @ (Error::Store(_) | Error::Vault(_) | Error::Registration(_))) => {
                if error.is_temporary() {
                    "A part of the service is not available. Try again later.".to_owned()
                } else {
                    "The service cannot do this now. Its operator must look after it.".to_owned()
                }
            }
            other => sentence(&other.to_string()),
        }
    }

    /// The headers that belong to the status, whatever the body is.
    pub(crate) fn set_headers(&self, headers: &mut HeaderMap) {
        headers.extend(self.retry_after().map(|wait| (header::RETRY_AFTER, wait)));
        if self.status() == StatusCode::UNAUTHORIZED {
            // RFC 9110 §11.6.1 wants a challenge; how to sign in is the host's matter.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }

    fn retry_after(&self) -> Option<HeaderValue> {
        let wait = match self {
            Self::Engine(error) => error.retry_after()?,
            Self::Authenticate(AuthenticateError::Unavailable) | Self::Timeout => Duration::from_secs(5),
            _ => return None,
        };
        // In whole seconds (RFC 9110 §10.2.3), rounded up.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Some(HeaderValue::from(seconds.max(1)))
    }

    fn problem(&self) -> Problem {
        let status = self.status();
        let (field, choices) = match self {
            Self::Engine(Error::Invalid { field, .. }) => (Some(*field), None),
            Self::Engine(Error::Ambiguous { choices }) => {
                (Some("integration_id"), Some(choices.iter().map(|id| *id.as_uuid()).collect()))
            }
            Self::Engine(Error::Provider(ProviderError::InvalidArguments { .. })) => (Some("fields"), None),
            _ => (None, None),
        };
        let pointer = match self {
            Self::Engine(Error::Provider(ProviderError::InvalidArguments { pointer, .. })) => {
                Some(pointer.clone())
            }
            _ => None,
        };
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.code(),
            detail: self.sentence(),
            field,
            pointer,
            choices,
        }
    }

    /// Says it once, where it is handled.
    pub(crate) fn log(&self) {
        if self.status().is_server_error() {
            tracing::error!(code = self.code(), error = %self, "the request failed");
        } else {
            tracing::debug!(code = self.code(), "the request was refused");
        }
    }
}

const fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Config => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorKind::Conflict | ErrorKind::Reconnect => StatusCode::CONFLICT,
        ErrorKind::Invalid => StatusCode::BAD_REQUEST,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Precondition => StatusCode::PRECONDITION_FAILED,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Refused => StatusCode::FORBIDDEN,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// `this link …` → `This link ….`
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).chain(['.']).collect()
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        self.log();
        let status = self.status();
        // Built of our own words alone, which are always JSON.
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        self.set_headers(response.headers_mut());
        response
    }
}

#[cfg(test)]
mod tests {
    use bailee_core::StoreError;

    use super::*;

    #[test]
    fn a_sentence_begins_with_a_capital_and_ends_with_a_full_stop() {
        assert_eq!(HttpError::Engine(Error::LinkInvalid).sentence(), "This link is no longer valid.");
    }

    #[test]
    fn what_is_broken_inside_stays_inside() {
        let broken = Error::Store(StoreError::Inconsistent {
            table: "integrations",
            column: "scope",
            id: "7".to_owned(),
        });
        let problem = HttpError::Engine(broken).problem();
        assert!(!problem.detail.contains("integrations"), "{}", problem.detail);
        assert_eq!((problem.status, problem.code), (503, "store"));
    }

    #[test]
    fn a_wait_is_rounded_up_to_whole_seconds() {
        let limited = ProviderError::RateLimited { retry_after: Some(Duration::from_millis(1_200)) };
        let error = HttpError::Engine(limited.into());
        assert_eq!(error.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(error.retry_after(), Some(HeaderValue::from(2)));
    }

    #[test]
    fn a_provider_that_is_down_is_a_bad_gateway() {
        let error = HttpError::Engine(ProviderError::OutcomeUnknown.into());
        assert_eq!(error.status(), StatusCode::BAD_GATEWAY);
    }
}
