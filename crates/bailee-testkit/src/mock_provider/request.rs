use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use serde_json::Value;
use url::form_urlencoded;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A method of the provider's API, by the name that its description gives it.
    Api(&'static str),
    /// The consent page.
    Authorize,
    /// Revocation (RFC 7009).
    Revoke,
    /// Exchange and refresh (RFC 6749 §3.2).
    Token,
    /// Whose token it is.
    UserInfo,
}

/// A request as it arrived, secrets included: for assertions, never for output. Its `Debug` tells names only.
#[derive(Clone)]
pub struct RecordedRequest {
    /// What it was for; `None` where the mock has nothing.
    pub endpoint: Option<Endpoint>,
    /// The method.
    pub method: Method,
    /// The path, still percent-encoded.
    pub path: String,
    /// The decoded query, in order.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The decoded form, where the body is one.
    pub form: Vec<(String, String)>,
    /// The JSON, where the body is JSON.
    pub json: Option<Value>,
    /// The body.
    pub body: Bytes,
}

impl RecordedRequest {
    pub(crate) fn new(parts: &http::request::Parts, body: Bytes) -> Self {
        let content_type =
            parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let form = content_type.starts_with("application/x-www-form-urlencoded");
        let json = content_type.starts_with("application/json");
        Self {
            endpoint: None,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            query: pairs(parts.uri.query().unwrap_or_default().as_bytes()),
            headers: parts.headers.clone(),
            form: if form { pairs(&body) } else { Vec::new() },
            json: json.then(|| serde_json::from_slice(&body).ok()).flatten(),
            body,
        }
    }

    /// The first value of that name in the query.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        first(&self.query, name)
    }

    /// The first value of that name in the form.
    #[must_use]
    pub fn form(&self, name: &str) -> Option<&str> {
        first(&self.form, name)
    }

    /// The first header of that name, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token of an `Authorization: Bearer` header (RFC 6750 §2.1).
    #[must_use]
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("RecordedRequest")
            .field("endpoint", &self.endpoint)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &names(&self.query))
            .field("form", &names(&self.form))
            .finish_non_exhaustive()
    }
}

pub(crate) fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

pub(crate) fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(mine, _)| mine == name).map(|(_, value)| value.as_str())
}
