//! Requests to Teller's API, version 2020-10-12, and what of its answers is used.

use http::{HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{Teller, error::classify};
use bailee_core::ProviderError;
use bailee_oauth::{HttpError, Request, Response};

const VERSION: &str = "2020-10-12";

/// An account of an enrollment (<https://teller.io/docs/api/accounts>).
#[derive(Debug, Deserialize)]
pub(super) struct TellerAccount {
    pub(super) id: String,
    pub(super) enrollment_id: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) subtype: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) currency: String,
    pub(super) last_four: Option<String>,
    #[serde(default)]
    pub(super) institution: Institution,
    #[serde(default)]
    pub(super) links: Links,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Institution {
    #[serde(default)]
    pub(super) name: String,
}

/// Which resources the bank has. Addresses are built here, and these are not followed.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Links {
    pub(super) balances: Option<String>,
    pub(super) transactions: Option<String>,
}

impl Teller {
    /// The accounts of an enrollment.
    pub(super) async fn accounts(&self, token: &SecretString) -> Result<Vec<TellerAccount>, ProviderError> {
        self.get(self.url(&["accounts"])?, token).await
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        url: Url,
        token: &SecretString,
    ) -> Result<T, ProviderError> {
        let response = self.send(Method::GET, url, token).await?;
        serde_json::from_slice(response.body())
            .map_err(|_| ProviderError::Malformed { problem: "the body is not of the described shape" })
    }

    /// Sends one request. All of them may be repeated.
    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        token: &SecretString,
    ) -> Result<Response, ProviderError> {
        let request = Request::new(method, url)
            .header(HeaderName::from_static("teller-version"), HeaderValue::from_static(VERSION))
            .basic_token(token, &self.descriptor.token_hosts)?;
        let response = self.http.send(request).await.map_err(|error| match error {
            HttpError::OutcomeUnknown => ProviderError::Unavailable { retry_after: None },
            other => other.into(),
        })?;
        if response.status().is_success() { Ok(response) } else { Err(classify(&response)) }
    }

    /// An address below the API; each segment is an id of [`is_id`] or a fixed word.
    pub(super) fn url(&self, segments: &[&str]) -> Result<Url, ProviderError> {
        if !segments.iter().all(|segment| is_id(segment)) {
            return Err(ProviderError::Malformed { problem: "an id is none" });
        }
        let mut url = self.api.clone();
        url.path_segments_mut().map_err(|()| ProviderError::Unsupported)?.pop_if_empty().extend(segments);
        Ok(url)
    }
}

/// Letters, digits, underscores and hyphens, as all ids of Teller are.
pub(super) fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
