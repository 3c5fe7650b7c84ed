use bailee_core::{ExposeSecret, SecretString};
use http::{HeaderMap, HeaderValue, header};
use url::Url;

use crate::error::HttpError;

/// A random value that one browser keeps until it is closed. It signs nobody in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrowserCookie {
    name: &'static str,
    attributes: &'static str,
}

impl BrowserCookie {
    /// Shown again by a form of ours, which no page of others can read.
    pub(crate) fn form(base_url: &Url) -> Self {
        Self::of(base_url, ["__Host-bailee-form", "bailee-form"])
    }

    /// Tells one browser from another: a connect is finished by the browser that began it.
    pub(crate) fn nonce(base_url: &Url) -> Self {
        Self::of(base_url, ["__Host-bailee-nonce", "bailee-nonce"])
    }

    /// `__Host-` (RFC 6265bis §4.1.3.2): set by this very host, over TLS, for all its paths. Browsers refuse the prefix
    /// over plain HTTP, which the base URL can only be on the machine of a developer.
    fn of(base_url: &Url, [secure, local]: [&'static str; 2]) -> Self {
        if base_url.scheme() == "https" {
            Self { name: secure, attributes: "Path=/; Secure; HttpOnly; SameSite=Lax" }
        } else {
            Self { name: local, attributes: "Path=/; HttpOnly; SameSite=Lax" }
        }
    }

    /// The value that the browser keeps. Two different ones are none: one of them was planted.
    pub(crate) fn read(&self, headers: &HeaderMap) -> Option<SecretString> {
        let mut values = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter(|(name, _)| *name == self.name)
            .map(|(_, value)| value);
        let value = values.next().filter(|value| is_random(value))?;
        values.all(|other| other == value).then(|| SecretString::from(value))
    }

    /// The header that gives a browser its value.
    pub(crate) fn set(&self, value: &SecretString) -> Result<HeaderValue, HttpError> {
        let cookie = format!("{}={}; {}", self.name, value.expose_secret(), self.attributes);
        let mut value = HeaderValue::try_from(cookie).map_err(|_| HttpError::Failed)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn is_random(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cookies: &[&str]) -> Result<Option<String>, Box<dyn std::error::Error>> {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_str(cookie)?);
        }
        let cookie = BrowserCookie::nonce(&"https://b.example".parse()?);
        Ok(cookie.read(&headers).map(|nonce| nonce.expose_secret().to_owned()))
    }

    #[test]
    fn the_nonce_is_found_among_other_cookies() -> Result<(), Box<dyn std::error::Error>> {
        let nonce = "0f".repeat(32);
        let cookies = format!("sid=1; __Host-bailee-nonce={nonce};x=y");
        assert_eq!(read(&["a=b", &cookies])?, Some(nonce));
        Ok(())
    }

    #[test]
    fn what_is_no_nonce_of_ours_is_none() -> Result<(), Box<dyn std::error::Error>> {
        let (one, other) = ("0".repeat(64), "1".repeat(64));
        assert_eq!(read(&["__Host-bailee-nonce=short"])?, None);
        assert_eq!(read(&[&format!("bailee-nonce={one}")])?, None);
        assert_eq!(read(&[&format!("__Host-bailee-nonce={}", "G".repeat(64))])?, None);
        let planted = format!("__Host-bailee-nonce={one}; __Host-bailee-nonce={other}");
        assert_eq!(read(&[&planted])?, None);
        Ok(())
    }
}
