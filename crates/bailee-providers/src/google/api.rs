//! Authorized requests to Google's APIs.

use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::{Google, error};
use bailee_core::{ProviderError, ScopeSets};
use bailee_oauth::{HttpError, Request, Response};

/// Whether a request may be repeated when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// It reads, or it does the same thing again.
    Safe,
    /// It would be done twice.
    Unsafe,
}

impl Repeat {
    /// For whatever leaves the outcome open.
    fn unclear(self, otherwise: ProviderError) -> ProviderError {
        match self {
            Self::Safe => otherwise,
            Self::Unsafe => ProviderError::OutcomeUnknown,
        }
    }
}

/// Sends a request with the token and returns its success. `needs` is what a missing consent is reported as.
pub(super) async fn send(
    google: &Google,
    request: Request,
    access_token: &SecretString,
    repeat: Repeat,
    needs: Option<&ScopeSets>,
) -> Result<Response, ProviderError> {
    let request = request.bearer(access_token, &google.descriptor.token_hosts)?;
    let response = google.http.send(request).await.map_err(|error| match error {
        HttpError::OutcomeUnknown => repeat.unclear(ProviderError::Unavailable { retry_after: None }),
        HttpError::Encoded | HttpError::TooLarge => repeat.unclear(error.into()),
        other => other.into(),
    })?;
    if response.status().is_success() {
        return Ok(response);
    }
    Err(match error::classify(&response, needs) {
        error @ ProviderError::Unavailable { .. } => repeat.unclear(error),
        other => other,
    })
}

/// Reads the body of a success.
pub(super) fn json<T: DeserializeOwned>(response: &Response, repeat: Repeat) -> Result<T, ProviderError> {
    serde_json::from_slice(response.body()).map_err(|_| {
        repeat.unclear(ProviderError::Malformed { problem: "the body is not of the described shape" })
    })
}
