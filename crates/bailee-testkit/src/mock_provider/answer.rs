use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

/// What a mock answers, before the faults.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn json(status: StatusCode, value: &Value) -> Self {
        Self::typed(status, "application/json; charset=utf-8", value.to_string())
    }

    pub(crate) fn html(status: StatusCode, page: String) -> Self {
        Self::typed(status, "text/html; charset=utf-8", page)
            .with(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")
            .with(header::REFERRER_POLICY, "no-referrer")
    }

    pub(crate) fn typed(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
            .with(header::CONTENT_TYPE, content_type)
            .with(header::CACHE_CONTROL, "no-store")
    }

    /// With one header more. A value that no header can hold is left out.
    pub(crate) fn with(mut self, name: HeaderName, value: impl TryInto<HeaderValue>) -> Self {
        if let Ok(value) = value.try_into() {
            self.headers.push((name, value));
        }
        self
    }
}
