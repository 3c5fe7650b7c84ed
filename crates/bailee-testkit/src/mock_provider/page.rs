use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{StatusCode, header};
use ring::digest::{SHA256, digest};
use url::Url;

use super::Answer;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}\
    fieldset{margin:1rem 0}small{color:#555;overflow-wrap:anywhere}h1{font-size:1.4rem;overflow-wrap:anywhere}\
    input{margin-inline-end:.5rem}button{font:inherit;min-height:2.75rem;padding:.5rem 1.5rem}";

/// A page for people in plain HTML, of a title that is text and a body that is HTML. Nothing is allowed on it but its style
/// and what `directives` add to the policy.
pub(crate) fn page(status: StatusCode, title: &str, body: &str, directives: &str) -> Answer {
    let hash = STANDARD.encode(digest(&SHA256, STYLE.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; {directives}");
    let title = escape(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>{body}</body></html>"
    );
    Answer::typed(status, "text/html; charset=utf-8", html)
        .with(header::CONTENT_SECURITY_POLICY, policy)
        .with(header::REFERRER_POLICY, "no-referrer")
        .with(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
}

/// The page that goes nowhere: what a provider shows where it would not send the browser back.
pub(crate) fn dead_end(word: &str) -> Answer {
    let body = format!(
        "<main><h1>Something is wrong with this request</h1><p>Error 400: <strong>{}</strong></p></main>",
        escape(word)
    );
    let directives = "frame-ancestors 'none'; form-action 'none'";
    page(StatusCode::BAD_REQUEST, "Error - Mock Accounts", &body, directives)
}

/// Sends the browser on.
pub(crate) fn redirect(url: &Url) -> Answer {
    Answer::empty(StatusCode::SEE_OTHER)
        .with(header::LOCATION, url.as_str())
        .with(header::REFERRER_POLICY, "no-referrer")
        .with(header::CACHE_CONTROL, "no-store")
}

/// For text and for quoted attributes.
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
