//! Where providers reach a host: what its operator registers with them.

use bailee_core::ProviderKey;
use url::{Host, Url};

use crate::BuildError;

/// The hook that all accounts of a provider share.
pub(crate) const SHARED_HOOK: &str = "shared";

/// Whether a host can be reached at `base_url`, by the rule of [`Builder::build`](crate::Builder::build): https, or http on
/// this machine, without login, query and fragment.
///
/// # Errors
/// [`BuildError::InvalidUrl`] when it cannot.
pub fn check_base_url(base_url: &Url) -> Result<(), BuildError> {
    check_url("base_url", base_url)
}

/// Where a consent returns to: the redirect URI of the host's OAuth client at this provider.
#[must_use]
pub fn redirect_uri(base_url: &Url, provider: &ProviderKey) -> Url {
    extend(base_url, &["api", "oauth", provider.as_str(), "callback"])
}

/// Where a provider's inbound requests are received, those that no integration has to itself.
#[must_use]
pub fn shared_hook(base_url: &Url, provider: &ProviderKey) -> Url {
    hook(base_url, provider, SHARED_HOOK)
}

pub(crate) fn hook(base_url: &Url, provider: &ProviderKey, opaque: &str) -> Url {
    extend(base_url, &["api", "hooks", provider.as_str(), opaque])
}

pub(crate) fn check_url(setting: &'static str, url: &Url) -> Result<(), BuildError> {
    let loopback = match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if safe && plain && url.password().is_none() { Ok(()) } else { Err(BuildError::InvalidUrl { setting }) }
}

pub(crate) fn extend(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // Only `cannot-be-a-base` URLs have no segments, and the builder takes https and http alone.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_loopback_base_urls_without_extras_are_taken() -> Result<(), url::ParseError> {
        for good in [
            "https://b.example",
            "https://b.example/app",
            "http://127.0.0.1:80",
            "http://localhost",
            "http://[::1]",
        ] {
            assert_eq!(check_base_url(&good.parse()?), Ok(()), "{good}");
        }
        for bad in [
            "http://b.example",
            "https://u:p@b.example",
            "https://b.example?x",
            "https://b.example#x",
            "ftp://b.example",
        ] {
            assert!(check_base_url(&bad.parse()?).is_err(), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn a_base_url_keeps_its_path() -> Result<(), Box<dyn std::error::Error>> {
        let provider = ProviderKey::new("x")?;
        for base in ["https://b.example/app", "https://b.example/app/"] {
            let base = base.parse()?;
            let callback = redirect_uri(&base, &provider);
            assert_eq!(callback.as_str(), "https://b.example/app/api/oauth/x/callback");
            assert_eq!(shared_hook(&base, &provider).as_str(), "https://b.example/app/api/hooks/x/shared");
        }
        Ok(())
    }
}
