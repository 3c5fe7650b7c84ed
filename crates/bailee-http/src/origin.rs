use bailee_core::{Session, Transport};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts};
use url::Url;

use crate::error::HttpError;

const REQUEST: HeaderName = HeaderName::from_static("x-bailee-request");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origins whose pages may change something in a cookie's name.
#[derive(Debug)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    pub(crate) fn new<'a>(urls: impl IntoIterator<Item = &'a Url>) -> Self {
        Self(urls.into_iter().map(|url| url.origin().ascii_serialization()).collect())
    }

    /// Demands proof that a page of ours sent the request, where a browser adds the credential by itself: the header
    /// that no foreign page can send without a preflight, and an origin of ours. A bearer needs neither.
    pub(crate) fn check(&self, session: &Session, parts: &Parts) -> Result<(), HttpError> {
        let proven = match session.transport {
            Transport::Bearer => true,
            Transport::Cookie => {
                has_mark(&parts.headers) && self.is_ours(&parts.headers, is_safe(&parts.method))
            }
        };
        if proven { Ok(()) } else { Err(HttpError::CrossSite) }
    }

    /// Demands proof that a page of ours sent a form, which can have no header of its own. A page with the policy
    /// `no-referrer` says the origin `null` (Fetch, "append a request `Origin` header"), and that it is ours only in
    /// `Sec-Fetch-Site`.
    pub(crate) fn check_form(&self, headers: &HeaderMap) -> Result<(), HttpError> {
        let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
        let proven = match headers.get(FETCH_SITE) {
            Some(site) => site == "same-origin" && origins.all(|origin| origin == "null" || self.has(origin)),
            None => origins.peek().is_some() && origins.all(|origin| self.has(origin)),
        };
        if proven { Ok(()) } else { Err(HttpError::CrossSite) }
    }

    /// Browsers send no `Origin` with a same-origin GET; for the rest its absence needs the word of `Sec-Fetch-Site`.
    fn is_ours(&self, headers: &HeaderMap, safe: bool) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter().peekable();
        if origins.peek().is_none() {
            return headers.get(FETCH_SITE).map_or(safe, |site| site == "same-origin");
        }
        origins.all(|origin| self.has(origin))
    }

    fn has(&self, origin: &HeaderValue) -> bool {
        self.0.iter().any(|ours| origin == ours.as_str())
    }
}

fn has_mark(headers: &HeaderMap) -> bool {
    headers.get(REQUEST).is_some_and(|mark| mark == "1")
}

/// Safe by RFC 9110 §9.2.1, as far as we have routes.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use bailee_core::{Actor, InvalidId, Owner};
    use http::Request;

    use super::*;

    /// Method, headers, and whether it passes.
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);

    fn check(
        transport: Transport,
        method: &str,
        headers: &[(&str, &str)],
    ) -> Result<bool, Box<dyn std::error::Error>> {
        let base: Url = "https://b.example/app".parse()?;
        let app: Url = "http://localhost:3000/".parse()?;
        let owner = Owner::user("u1").map_err(|error: InvalidId| error.to_string())?;
        let session = Session { owner, actor: Actor::Human, transport };
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(())?.into_parts();
        Ok(Origins::new([&base, &app]).check(&session, &parts).is_ok())
    }

    #[test]
    fn a_cookie_needs_the_mark_and_an_origin_of_ours() -> Result<(), Box<dyn std::error::Error>> {
        let mark = ("x-bailee-request", "1");
        let cases: [Case<'_>; 14] = [
            ("POST", &[mark, ("origin", "https://b.example")], true),
            ("POST", &[mark, ("origin", "http://localhost:3000")], true),
            ("POST", &[mark, ("sec-fetch-site", "same-origin")], true),
            ("GET", &[mark], true),
            ("GET", &[mark, ("sec-fetch-site", "same-origin")], true),
            ("POST", &[("origin", "https://b.example")], false),
            ("POST", &[mark], false),
            ("POST", &[mark, ("origin", "null")], false),
            ("POST", &[mark, ("origin", "https://b.example.evil")], false),
            ("POST", &[mark, ("origin", "http://b.example")], false),
            ("POST", &[mark, ("origin", "https://b.example"), ("origin", "https://evil")], false),
            ("POST", &[mark, ("sec-fetch-site", "same-site")], false),
            ("GET", &[mark, ("sec-fetch-site", "cross-site")], false),
            ("GET", &[("x-bailee-request", "0")], false),
        ];
        for (method, headers, expected) in cases {
            assert_eq!(check(Transport::Cookie, method, headers)?, expected, "{method} {headers:?}");
        }
        Ok(())
    }

    #[test]
    fn a_form_needs_the_word_of_its_browser() -> Result<(), Box<dyn std::error::Error>> {
        let cases: [(&[(&'static str, &str)], bool); 9] = [
            (&[("origin", "https://b.example")], true),
            (&[("origin", "https://b.example"), ("sec-fetch-site", "same-origin")], true),
            (&[("origin", "null"), ("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[], false),
            (&[("origin", "null")], false),
            (&[("origin", "https://evil.example")], false),
            (&[("origin", "https://b.example"), ("sec-fetch-site", "same-site")], false),
            (&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], false),
        ];
        let origins = Origins::new([&"https://b.example/app".parse()?]);
        for (headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, value.parse()?);
            }
            assert_eq!(origins.check_form(&map).is_ok(), expected, "{headers:?}");
        }
        Ok(())
    }

    #[test]
    fn a_bearer_needs_neither() -> Result<(), Box<dyn std::error::Error>> {
        assert!(check(Transport::Bearer, "POST", &[("origin", "https://elsewhere.example")])?);
        Ok(())
    }
}
