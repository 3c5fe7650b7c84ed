//! All providers that the environment configures, behind one trait.

use std::sync::Arc;

use crate::ConfigError;
use bailee_core::Provider;
#[cfg(any(
    feature = "google",
    feature = "linkedin",
    feature = "notion",
    feature = "slack",
    feature = "telegram",
    feature = "x"
))]
use bailee_oauth::{HttpClient, HttpOptions};

/// Every provider of the enabled features whose variables are set; they share one HTTP client.
///
/// # Errors
/// [`ConfigError`] when a provider is half configured: a typing error in one variable never hides a provider silently.
#[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
pub fn from_env() -> Result<Vec<Arc<dyn Provider>>, ConfigError> {
    from_lookup(|name| std::env::var(name).ok())
}

/// As [`from_env`], with variables from elsewhere.
///
/// # Errors
/// As [`from_env`].
#[cfg_attr(
    not(any(
        feature = "google",
        feature = "linkedin",
        feature = "notion",
        feature = "slack",
        feature = "telegram",
        feature = "teller",
        feature = "x"
    )),
    expect(unused_mut, unused_variables, reason = "no provider of variables is compiled in")
)]
pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Vec<Arc<dyn Provider>>, ConfigError> {
    #[cfg(any(
        feature = "google",
        feature = "linkedin",
        feature = "notion",
        feature = "slack",
        feature = "telegram",
        feature = "x"
    ))]
    let http = HttpClient::new(&HttpOptions::default())?;
    let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
    #[cfg(feature = "google")]
    if let Some(google) = crate::Google::from_lookup(&lookup)? {
        providers.push(Arc::new(google.with_http(http.clone())));
    }
    #[cfg(feature = "x")]
    if let Some(x) = crate::X::from_lookup(&lookup)? {
        providers.push(Arc::new(x.with_http(http.clone())));
    }
    #[cfg(feature = "linkedin")]
    if let Some(linkedin) = crate::LinkedIn::from_lookup(&lookup)? {
        providers.push(Arc::new(linkedin.with_http(http.clone())));
    }
    #[cfg(feature = "notion")]
    if let Some(notion) = crate::Notion::from_lookup(&lookup)? {
        providers.push(Arc::new(notion.with_http(http.clone())));
    }
    #[cfg(feature = "slack")]
    if let Some(slack) = crate::Slack::from_lookup(&lookup)? {
        providers.push(Arc::new(slack.with_http(http.clone())));
    }
    #[cfg(feature = "telegram")]
    if let Some(telegram) = crate::Telegram::from_lookup(&lookup)? {
        providers.push(Arc::new(telegram.with_http(http.clone())));
    }
    // Its client shows a certificate of its own.
    #[cfg(feature = "teller")]
    if let Some(teller) = crate::Teller::from_lookup(&lookup)? {
        providers.push(Arc::new(teller));
    }
    Ok(providers)
}
