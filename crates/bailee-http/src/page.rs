use axum::{body::Body, response::Response};
use http::{HeaderValue, header};

use crate::error::HttpError;

/// No script runs, nothing is framed, nothing is loaded from elsewhere.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The page that a browser sees when a connect could not be finished where the provider returned to.
pub(crate) fn failed(error: &HttpError, back: Option<&str>) -> Response {
    error.log();
    let title = "Failed to connect integration";
    let sentence = escape(&error.sentence());
    let link = back.map(|back| format!("<p><a href=\"{}\">Back to integrations</a></p>\n", escape(back)));
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n<p role=\"alert\">{sentence}</p>\n{}</main>\n</body>\n</html>\n",
        link.unwrap_or_default(),
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = error.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    if matches!(error, HttpError::MethodNotAllowed) {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
    }
    if let Some(wait) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, wait);
    }
    response
}

/// Text for an element or a quoted attribute.
fn escape(text: &str) -> String {
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
