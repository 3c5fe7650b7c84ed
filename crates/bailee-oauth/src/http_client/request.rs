use std::{fmt, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};

use super::HttpError;

/// One request. Built from the address on; sent by [`HttpClient::send`](super::HttpClient::send).
///
/// ```
/// use bailee_oauth::{HttpError, Request};
///
/// let hosts = ["api.example".to_owned()];
/// let token = "at-1".to_owned().into();
/// let ours = Request::get("https://api.example/me".parse()?).bearer(&token, &hosts);
/// assert!(ours.is_ok());
/// let foreign = Request::get("https://evil.example/me".parse()?).bearer(&token, &hosts);
/// assert_eq!(foreign.err(), Some(HttpError::RefusedUrl));
/// # Ok::<(), url::ParseError>(())
/// ```
#[derive(Clone)]
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) deadline: Option<Duration>,
    pub(super) max_body: usize,
    pub(super) ignore_body: bool,
    pub(super) keep: Vec<HeaderName>,
}

impl Request {
    /// The largest body that is read unless [`Request::max_body`] says otherwise: 4 MiB.
    pub const DEFAULT_MAX_BODY: usize = 4 * 1024 * 1024;

    /// A request of any method that accepts JSON.
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Self {
            method,
            url,
            headers,
            body: Bytes::new(),
            deadline: None,
            max_body: Self::DEFAULT_MAX_BODY,
            ignore_body: false,
            keep: Vec::new(),
        }
    }

    /// A `GET`.
    #[must_use]
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(url: Url) -> Self {
        Self::new(Method::POST, url)
    }

    /// With a header. Not for secrets: those have [`Request::bearer`] and [`Request::basic`].
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With a form as its body (`application/x-www-form-urlencoded`).
    #[must_use]
    pub fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// With a JSON value as its body.
    #[must_use]
    pub fn json(self, value: &serde_json::Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// With a text as its body that is JSON already, for whoever has signed it.
    #[must_use]
    pub fn json_text(self, text: String) -> Self {
        self.body("application/json", text)
    }

    fn body(mut self, content_type: &'static str, body: String) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Bytes::from(body);
        self
    }

    /// With a bearer token (RFC 6750 §2.1), if the address belongs to one of `hosts` (without port).
    ///
    /// # Errors
    /// [`HttpError::RefusedUrl`] when the host of the address is not among `hosts`; [`HttpError::RefusedToken`] when
    /// the token is empty or holds anything but visible ASCII.
    pub fn bearer(mut self, token: &SecretString, hosts: &[String]) -> Result<Self, HttpError> {
        self.check_token(token, hosts)?;
        self.authorize(&format!("Bearer {}", token.expose_secret()))?;
        Ok(self)
    }

    /// With a token as the user name of HTTP Basic authentication (RFC 7617), and an empty password, if the address
    /// belongs to one of `hosts` (without port).
    ///
    /// # Errors
    /// As [`Request::bearer`]; [`HttpError::RefusedToken`] also when the token holds a colon.
    pub fn basic_token(mut self, token: &SecretString, hosts: &[String]) -> Result<Self, HttpError> {
        self.check_token(token, hosts)?;
        if token.expose_secret().contains(':') {
            return Err(HttpError::RefusedToken);
        }
        self.authorize(&format!("Basic {}", STANDARD.encode(format!("{}:", token.expose_secret()))))?;
        Ok(self)
    }

    fn check_token(&self, token: &SecretString, hosts: &[String]) -> Result<(), HttpError> {
        let host = self.url.host_str().ok_or(HttpError::RefusedUrl)?;
        if !hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) {
            return Err(HttpError::RefusedUrl);
        }
        if !is_token(token.expose_secret()) {
            return Err(HttpError::RefusedToken);
        }
        Ok(())
    }

    /// With HTTP Basic authentication. Id and secret are form-encoded first (RFC 6749 §2.3.1).
    ///
    /// # Errors
    /// [`HttpError::RefusedToken`] when no header can carry it; encoded as it is, that does not happen.
    pub fn basic(mut self, id: &str, secret: &SecretString) -> Result<Self, HttpError> {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encoded(id), encoded(secret.expose_secret()));
        self.authorize(&format!("Basic {}", STANDARD.encode(pair)))?;
        Ok(self)
    }

    fn authorize(&mut self, value: &str) -> Result<(), HttpError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| HttpError::RefusedToken)?;
        // HTTP libraries then leave it out of their own logs.
        value.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, value);
        Ok(())
    }

    /// With a deadline of its own for connection, answer and body together.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// With one more header that is kept of the answer, besides those that every [`Response`](super::Response) keeps.
    #[must_use]
    pub fn keep(mut self, name: HeaderName) -> Self {
        self.keep.push(name);
        self
    }

    /// With another limit for the body of the answer, in bytes.
    #[must_use]
    pub const fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Of the answer only status and headers count: its body is left unread, and the connection closed.
    #[must_use]
    pub const fn ignore_body(mut self) -> Self {
        self.ignore_body = true;
        self
    }
}

/// Whether a text can be a token: one or more visible ASCII characters.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Method and host only: path, query, headers and body may hold what is nobody's business.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}
