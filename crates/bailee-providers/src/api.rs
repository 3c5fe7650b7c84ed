//! Authorized requests to the API of a provider.

use serde::de::DeserializeOwned;

use bailee_core::ProviderError;
use bailee_oauth::{HttpClient, HttpError, Request, Response};

/// Whether a request may be repeated when nobody knows what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It reads, or it does the same thing again.
    Safe,
    /// It would be done twice.
    Unsafe,
}

impl Repeat {
    /// For whatever leaves the outcome open.
    pub(crate) fn unclear(self, otherwise: ProviderError) -> ProviderError {
        match self {
            Self::Safe => otherwise,
            Self::Unsafe => ProviderError::OutcomeUnknown,
        }
    }
}

/// The API of one provider: its client, and the hosts that its tokens may go to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Api<'a> {
    pub(crate) http: &'a HttpClient,
    pub(crate) token_hosts: &'a [String],
}

impl Api<'_> {
    /// Sends a request with the token as bearer and returns its success; `classify` reads what is none.
    #[cfg(any(
        feature = "google",
        feature = "linkedin",
        feature = "notion",
        feature = "slack",
        feature = "teller",
        feature = "x"
    ))]
    pub(crate) async fn send(
        self,
        request: Request,
        access_token: &secrecy::SecretString,
        repeat: Repeat,
        classify: impl Fn(&Response) -> ProviderError,
    ) -> Result<Response, ProviderError> {
        let request = request.bearer(access_token, self.token_hosts)?;
        let response = self.exchange(request, repeat).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(match classify(&response) {
            error @ ProviderError::Unavailable { .. } => repeat.unclear(error),
            other => other,
        })
    }

    /// Sends a request as it is, and returns whatever is answered.
    pub(crate) async fn exchange(self, request: Request, repeat: Repeat) -> Result<Response, ProviderError> {
        self.http.send(request).await.map_err(|error| match error {
            HttpError::OutcomeUnknown => repeat.unclear(ProviderError::Unavailable { retry_after: None }),
            HttpError::Encoded | HttpError::TooLarge => repeat.unclear(error.into()),
            other => other.into(),
        })
    }
}

/// Reads the body of a success.
pub(crate) fn json<T: DeserializeOwned>(response: &Response, repeat: Repeat) -> Result<T, ProviderError> {
    serde_json::from_slice(response.body()).map_err(|_| {
        repeat.unclear(ProviderError::Malformed { problem: "the body is not of the described shape" })
    })
}
