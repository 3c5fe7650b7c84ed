//! Events of the host, to an address of the host.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::{
    credential::{Endpoint, is_key},
    delivery::Message,
};
use crate::ConfigError;
use bailee_core::{Clock, Event, EventError, EventSink, ProviderError};
use bailee_oauth::{HttpClient, HttpOptions, Reach};

/// Sends what happens to integrations and threads to an address of the host, signed as Standard Webhooks 1.0.0 says.
///
/// The header `webhook-id` is the event's id, the same at each attempt; the body is `type`, `timestamp` and `data` of the
/// event. Any status of success takes it.
///
/// ```
/// use std::sync::Arc;
///
/// use bailee_core::{EventSink, SecretString};
/// use bailee_providers::webhook::WebhookSink;
///
/// # let clock = Arc::new(bailee_testkit::MockClock::new());
/// let key = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
/// let sink = WebhookSink::new("backend", &"https://hooks.example.com/bailee".parse()?, key, clock)?;
/// assert_eq!(sink.name(), "backend");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WebhookSink {
    name: String,
    endpoint: Arc<Endpoint>,
    http: HttpClient,
    clock: Arc<dyn Clock>,
}

/// Without address and keys.
impl fmt::Debug for WebhookSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSink").field("name", &self.name).finish_non_exhaustive()
    }
}

impl WebhookSink {
    /// To an https address on port 443 of the public internet, signed with `key`: `whsec_` and 24 to 64 bytes in base64.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] names what is not usable, `url` or `key`; [`ConfigError::HttpClient`].
    pub fn new(
        name: impl Into<String>,
        url: &Url,
        key: SecretString,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        if !is_key(&key) {
            return Err(ConfigError::Invalid { what: "key" });
        }
        let sink = Self {
            name: name.into(),
            endpoint: Arc::new(Endpoint::new(url, key)),
            http: HttpClient::within(&HttpOptions::default(), Reach::new([443]))?,
            clock,
        };
        if url.scheme() == "https" { Ok(sink) } else { Err(ConfigError::Invalid { what: "url" }) }
    }

    /// With the key before the present one signing along, for as long as it is given here: first every process signs with
    /// both, then the receiver takes the new one, then this goes.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] when it is no key.
    pub fn with_previous_key(mut self, key: SecretString) -> Result<Self, ConfigError> {
        if !is_key(&key) {
            return Err(ConfigError::Invalid { what: "previous key" });
        }
        self.endpoint = Arc::new(Arc::unwrap_or_clone(self.endpoint).along_with(key));
        Ok(self)
    }

    /// With other HTTP options, and with another reach than port 443 of the public internet.
    ///
    /// # Errors
    /// [`ConfigError`] when the HTTP client cannot be built; a proxy is refused, as it would resolve names unchecked.
    pub fn with_reach(mut self, options: &HttpOptions, reach: Reach) -> Result<Self, ConfigError> {
        self.http = HttpClient::within(options, reach)?;
        Ok(self)
    }
}

#[async_trait]
impl EventSink for WebhookSink {
    fn name(&self) -> &str {
        &self.name
    }

    async fn deliver(&self, event: &Event) -> Result<(), EventError> {
        let wire = serde_json::to_value(event).unwrap_or_default();
        let message = Message {
            id: event.id.to_string(),
            event: event.kind.as_str(),
            said_at: event.at,
            data: wire.get("data").unwrap_or(&Value::Null),
        };
        // The receiver knows a repetition by its id.
        let unanswered = ProviderError::Unavailable { retry_after: None };
        let sent = message.send_to(&self.http, &self.endpoint, self.clock.now(), unanswered).await;
        sent.map_err(|error| EventError { retry_after: error.retry_after() })
    }
}
