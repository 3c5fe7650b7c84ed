use std::sync::Arc;

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use url::Url;

use crate::error::HttpError;

/// No script runs, nothing is framed, nothing is loaded from elsewhere.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'";

/// Where a page that is asked for below the base URL finds the one file that it looks better with.
#[derive(Clone, Debug)]
pub(crate) struct Stylesheet(Arc<str>);

impl Stylesheet {
    /// The alias that the server of the integrations page keeps for it, below the path of the base URL.
    pub(crate) fn of(base_url: &Url) -> Self {
        let base = base_url.path().trim_end_matches('/');
        Self(format!("{}/integrations/assets/page.css", escape(base)).into())
    }
}

/// A page of ours: it is whole without any other file.
pub(crate) struct Page<'a> {
    /// Its title: plain text.
    pub(crate) title: &'a str,
    /// Further elements of the head: HTML.
    pub(crate) head: &'a str,
    /// What is in its `main` element: HTML.
    pub(crate) main: &'a str,
}

impl Page<'_> {
    /// The answer that shows it.
    pub(crate) fn answer(&self, style: &Stylesheet, status: StatusCode) -> Response {
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <link rel=\"stylesheet\" href=\"{style}\">\n{head}</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n",
            title = escape(self.title),
            style = style.0,
            head = self.head,
            main = self.main,
        );
        let mut response = Response::new(Body::from(html));
        *response.status_mut() = status;
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

/// A page of a heading and a sentence, both plain text.
pub(crate) fn told(style: &Stylesheet, status: StatusCode, title: &str, sentence: &str) -> Response {
    let main = format!("<h1>{}</h1>\n<p>{}</p>\n", escape(title), escape(sentence));
    Page { title, head: "", main: &main }.answer(style, status)
}

/// The page that a browser sees when a connect could not be finished where the provider returned to.
pub(crate) fn failed(style: &Stylesheet, error: &HttpError, back: Option<&str>) -> Response {
    error.log();
    let title = "Failed to connect integration";
    let link = back.map(|back| format!("<p><a href=\"{}\">Back to integrations</a></p>\n", escape(back)));
    let main = format!(
        "<h1>{title}</h1>\n<p role=\"alert\">{}</p>\n{}",
        escape(&error.sentence()),
        link.unwrap_or_default()
    );
    let mut response = Page { title, head: "", main: &main }.answer(style, error.status());
    error.set_headers(response.headers_mut());
    if matches!(error, HttpError::MethodNotAllowed) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
    }
    response
}

/// The page that somebody sees who cannot use a page of ours. What is not there, not theirs, used or expired looks the
/// same.
pub(crate) fn refused(style: &Stylesheet, error: &HttpError) -> Response {
    error.log();
    let sentence = error.sentence();
    let (title, sentence) = match error.status() {
        StatusCode::NOT_FOUND => {
            ("This link is no longer valid", "Ask your agent for another one. Nothing was connected.")
        }
        StatusCode::UNAUTHORIZED => ("You are not signed in", "Sign in, then open this link again."),
        _ => ("Nothing was connected", sentence.as_str()),
    };
    let mut response = told(style, error.status(), title, sentence);
    error.set_headers(response.headers_mut());
    response
}

/// Text for an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
