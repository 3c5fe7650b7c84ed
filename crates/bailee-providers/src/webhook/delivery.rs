//! One signed request (Standard Webhooks 1.0.0).

use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderName, HeaderValue, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};

use super::credential::{Endpoint, is_key};
use bailee_core::ProviderError;
use bailee_oauth::{HttpClient, HttpError, Request, Response};

/// What is sent.
pub(super) struct Message<'a> {
    /// The same at each attempt; without full stops.
    pub(super) id: String,
    /// Words between full stops.
    pub(super) event: &'a str,
    pub(super) said_at: DateTime<Utc>,
    pub(super) data: &'a Value,
}

impl Message<'_> {
    /// Sends it once. `unanswered` is what it is when no answer came.
    pub(super) async fn send(
        &self,
        http: &HttpClient,
        access_token: &SecretString,
        now: DateTime<Utc>,
        unanswered: ProviderError,
    ) -> Result<(), ProviderError> {
        self.send_to(http, &Endpoint::read(access_token)?, now, unanswered).await
    }

    /// As [`Message::send`], to an endpoint that was read already.
    pub(super) async fn send_to(
        &self,
        http: &HttpClient,
        endpoint: &Endpoint,
        now: DateTime<Utc>,
        unanswered: ProviderError,
    ) -> Result<(), ProviderError> {
        let request = self.request(endpoint, now)?;
        match http.send(request).await {
            Ok(response) => outcome(&response),
            Err(HttpError::Redirected) => Err(ProviderError::Rejected { status: 0, code: "redirected" }),
            Err(HttpError::RefusedUrl) => Err(ProviderError::Rejected { status: 0, code: "invalid_address" }),
            Err(HttpError::OutcomeUnknown) => Err(unanswered),
            Err(other) => Err(other.into()),
        }
    }

    fn request(&self, endpoint: &Endpoint, now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let said_at = self.said_at.to_rfc3339_opts(SecondsFormat::Millis, true);
        // Signed and sent are the same bytes.
        let body = json!({ "type": self.event, "timestamp": said_at, "data": self.data }).to_string();
        let timestamp = now.timestamp();
        let mut signatures = Vec::new();
        for key in endpoint.keys(now) {
            signatures.push(signature(key, &self.id, timestamp, &body)?);
        }
        let mut request = Request::post(endpoint.url()?).json_text(body).ignore_body();
        for (name, value) in [
            (HEADER_WEBHOOK_ID, self.id.clone()),
            (HEADER_WEBHOOK_TIMESTAMP, timestamp.to_string()),
            (HEADER_WEBHOOK_SIGNATURE, signatures.join(" ")),
        ] {
            let value = HeaderValue::from_str(&value).map_err(|_| ProviderError::Unsupported)?;
            request = request.header(HeaderName::from_static(name), value);
        }
        Ok(request)
    }
}

/// The library would sign with an empty key.
fn signature(key: &SecretString, id: &str, timestamp: i64, body: &str) -> Result<String, ProviderError> {
    if !is_key(key) {
        return Err(ProviderError::TokenRejected);
    }
    standardwebhooks::Webhook::new(key.expose_secret())
        .and_then(|signer| signer.sign(id, timestamp, body.as_bytes()))
        .map_err(|_| ProviderError::TokenRejected)
}

/// What a status means (Standard Webhooks, "Operational considerations"). The body was not read.
fn outcome(response: &Response) -> Result<(), ProviderError> {
    let status = response.status();
    let retry_after = response.retry_after();
    match status {
        _ if status.is_success() => Ok(()),
        StatusCode::GONE => Err(ProviderError::GrantRevoked { reason: "gone" }),
        StatusCode::TOO_MANY_REQUESTS => Err(ProviderError::RateLimited { retry_after }),
        StatusCode::REQUEST_TIMEOUT => Err(ProviderError::Unavailable { retry_after }),
        _ if status.is_server_error() => Err(ProviderError::Unavailable { retry_after }),
        _ => Err(ProviderError::Rejected { status: status.as_u16(), code: "other" }),
    }
}
