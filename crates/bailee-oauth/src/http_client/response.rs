use std::{fmt, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, NaiveDateTime, Utc};
use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{CONTENT_TYPE, DATE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE},
};

/// The longest wait that is believed: 15 minutes.
const MAX_RETRY_AFTER: Duration = Duration::from_mins(15);

/// An answer whose body was read within its limit.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Response {
    /// An answer of these parts. Of the headers it keeps content type, date, entity tag, retry-after and challenge.
    #[must_use]
    pub fn new(status: StatusCode, headers: &HeaderMap, body: impl Into<Bytes>) -> Self {
        let mut kept = HeaderMap::new();
        for name in [CONTENT_TYPE, DATE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE] {
            if let Some(value) = headers.get(&name) {
                kept.insert(name, value.clone());
            }
        }
        Self { status, headers: kept, body: body.into() }
    }

    /// With those of these headers that are there, too.
    #[must_use]
    pub fn keeping(mut self, headers: &HeaderMap, names: &[HeaderName]) -> Self {
        for name in names {
            if let Some(value) = headers.get(name) {
                self.headers.insert(name.clone(), value.clone());
            }
        }
        self
    }

    /// Its status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// One of the headers that are kept, if it is readable ASCII.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the server asks to wait (RFC 9110 §10.2.3), at most 15 minutes.
    ///
    /// A moment is measured against the answer's own `Date`, so that the clock of this machine does not matter;
    /// without a `Date` it says nothing.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.header(&RETRY_AFTER)?.trim();
        let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // More digits than a u64 holds is still a long time.
            Duration::from_secs(value.parse().unwrap_or(u64::MAX))
        } else {
            let until = http_date(value)?;
            let now = http_date(self.header(&DATE)?)?;
            Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or(0))
        };
        Some(wait.min(MAX_RETRY_AFTER))
    }

    /// How long it is until the second since the epoch that this header names, at most 15 minutes: some servers tell so
    /// when a limit ends. The header has to be [kept](super::Request::keep).
    ///
    /// It is measured against the answer's own `Date`, and without one against `now`.
    #[must_use]
    pub fn wait_until(&self, name: &HeaderName, now: Option<DateTime<Utc>>) -> Option<Duration> {
        let until: i64 = self.header(name)?.trim().parse().ok()?;
        let date = self.header(&DATE).and_then(http_date);
        let now = date.or_else(|| now.map(|now| now.timestamp()))?;
        let wait = Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or(0));
        Some(wait.min(MAX_RETRY_AFTER))
    }

    /// When the server says that it answered, by its `Date`.
    #[must_use]
    pub fn date(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(http_date(self.header(&DATE)?)?, 0)
    }
}

/// Seconds since the epoch of an HTTP date in any of its three forms (RFC 9110 §5.6.7).
fn http_date(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.timestamp());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|date| date.and_utc().timestamp())
}

/// Status and length only.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("len", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn retry_after(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, text) in [(RETRY_AFTER, Some(value)), (DATE, date)] {
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
                headers.insert(name, value);
            }
        }
        let response = Response::new(StatusCode::SERVICE_UNAVAILABLE, &headers, Bytes::new());
        response.retry_after().map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_seconds_or_a_moment_against_the_date_of_the_answer() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(retry_after("120", None), Some(120));
        assert_eq!(retry_after(" 0 ", None), Some(0));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", date), Some(60));
        assert_eq!(retry_after("Sunday, 06-Nov-94 08:50:37 GMT", date), Some(60));
        assert_eq!(retry_after("Sun Nov  6 08:50:37 1994", date), Some(60));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:40:00 GMT", date), Some(0));
    }

    #[test]
    fn a_reset_is_measured_against_the_date_of_the_answer_or_else_the_clock() {
        let name = HeaderName::from_static("x-reset");
        let wait = |value: &'static str, date: Option<&'static str>, now: Option<i64>| {
            let mut headers = HeaderMap::from_iter([(name.clone(), HeaderValue::from_static(value))]);
            headers.extend(date.map(|date| (DATE, HeaderValue::from_static(date))));
            let response = Response::new(StatusCode::TOO_MANY_REQUESTS, &headers, Bytes::new());
            assert_eq!(
                response.wait_until(&name, now.and_then(|now| DateTime::from_timestamp(now, 0))),
                None
            );
            let response = response.keeping(&headers, std::slice::from_ref(&name));
            let now = now.and_then(|now| DateTime::from_timestamp(now, 0));
            response.wait_until(&name, now).map(|wait| wait.as_secs())
        };
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait("784111837", date, Some(0)), Some(60));
        assert_eq!(wait("784111837", None, Some(784_111_807)), Some(30));
        assert_eq!(wait("784111837", None, None), None);
        assert_eq!(wait("1", date, None), Some(0), "it is over");
        assert_eq!(wait("9999999999", date, None), Some(900), "longer than is believed");
        assert_eq!(wait("soon", date, None), None);
    }

    #[test]
    fn a_wait_that_cannot_be_known_is_none() {
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", None), None);
        for nonsense in ["", "soon", "-1", "1.5", "1e3"] {
            assert_eq!(retry_after(nonsense, Some("Sun, 06 Nov 1994 08:49:37 GMT")), None, "{nonsense}");
        }
    }

    #[test]
    fn no_wait_is_longer_than_a_quarter_of_an_hour() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(retry_after("901", None), Some(900));
        assert_eq!(retry_after("99999999999999999999999999", None), Some(900));
        assert_eq!(retry_after("Sat, 06 Nov 2094 08:49:37 GMT", date), Some(900));
    }
}
