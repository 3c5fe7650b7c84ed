//! All providers that the environment configures, behind one trait.

use std::sync::Arc;

use crate::ConfigError;
use bailee_core::Provider;
use bailee_oauth::{HttpClient, HttpOptions};

/// What the variables make of one provider.
#[derive(Debug)]
pub struct Configured {
    /// The provider's key.
    pub key: &'static str,
    /// The provider; none when its variables are absent, and an error when it is half configured.
    pub provider: Result<Option<Arc<dyn Provider>>, ConfigError>,
}

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
pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Vec<Arc<dyn Provider>>, ConfigError> {
    each_from_lookup(lookup)?.into_iter().filter_map(|configured| configured.provider.transpose()).collect()
}

/// Each provider of the enabled features that has variables, for whoever reports on all of them: one that is half
/// configured hides no other. They share one HTTP client.
///
/// # Errors
/// [`ConfigError::HttpClient`] when that cannot be built.
#[expect(clippy::disallowed_methods, reason = "reading the environment is what it is for")]
pub fn each_from_env() -> Result<Vec<Configured>, ConfigError> {
    each_from_lookup(|name| std::env::var(name).ok())
}

/// As [`each_from_env`], with variables from elsewhere.
///
/// # Errors
/// As [`each_from_env`].
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
pub fn each_from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Vec<Configured>, ConfigError> {
    let http = HttpClient::new(&HttpOptions::default())?;
    let mut each: Vec<Configured> = Vec::new();
    #[cfg(feature = "google")]
    each.push(configured("google", crate::Google::from_lookup(&lookup), |google| {
        google.with_http(http.clone())
    }));
    #[cfg(feature = "x")]
    each.push(configured("x", crate::X::from_lookup(&lookup), |x| x.with_http(http.clone())));
    #[cfg(feature = "linkedin")]
    each.push(configured("linkedin", crate::LinkedIn::from_lookup(&lookup), |linkedin| {
        linkedin.with_http(http.clone())
    }));
    #[cfg(feature = "notion")]
    each.push(configured("notion", crate::Notion::from_lookup(&lookup), |notion| {
        notion.with_http(http.clone())
    }));
    #[cfg(feature = "slack")]
    each.push(configured("slack", crate::Slack::from_lookup(&lookup), |slack| slack.with_http(http.clone())));
    #[cfg(feature = "telegram")]
    each.push(configured("telegram", crate::Telegram::from_lookup(&lookup), |telegram| {
        telegram.with_http(http.clone())
    }));
    // Its client shows a certificate of its own.
    #[cfg(feature = "teller")]
    each.push(configured("teller", crate::Teller::from_lookup(&lookup), |teller| teller));
    // Teller's client shows a certificate of its own: where it is alone, nobody took this one.
    drop(http);
    Ok(each)
}

#[cfg(any(
    feature = "google",
    feature = "linkedin",
    feature = "notion",
    feature = "slack",
    feature = "telegram",
    feature = "teller",
    feature = "x"
))]
fn configured<P: Provider + 'static>(
    key: &'static str,
    provider: Result<Option<P>, ConfigError>,
    finish: impl FnOnce(P) -> P,
) -> Configured {
    let provider =
        provider.map(|provider| provider.map(|provider| Arc::new(finish(provider)) as Arc<dyn Provider>));
    Configured { key, provider }
}

#[cfg(all(test, feature = "google", feature = "x"))]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_half_configured_hides_no_other() -> Result<(), ConfigError> {
        let variables = |name: &str| {
            ["GOOGLE_CLIENT_ID", "TWITTER_CLIENT_ID", "TWITTER_CLIENT_SECRET"]
                .contains(&name)
                .then(|| "value".to_owned())
        };
        let missing = ConfigError::Missing { variable: "GOOGLE_CLIENT_SECRET" };
        for Configured { key, provider } in each_from_lookup(variables)? {
            match key {
                "google" => assert_eq!(provider.map(drop), Err(missing.clone())),
                "x" => assert!(provider?.is_some_and(|x| x.descriptor().key.as_str() == "x")),
                _ => assert!(provider?.is_none(), "{key}"),
            }
        }
        assert_eq!(from_lookup(variables).map(drop), Err(missing));
        Ok(())
    }
}
