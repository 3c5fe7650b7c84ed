//! The host's own pages, under a policy as strict as that of the page of integrations.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderName, header},
    response::IntoResponse,
    routing::get,
};
use bailee::web::Web;
use bailee_testkit::mock_smtp::{PASSWORD, USERNAME};

use super::Demo;
use crate::{
    upstream::Upstream,
    upstreams::{RECEIVER, Upstreams},
};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

pub(super) fn router() -> Router<Demo> {
    Router::new()
        .route("/", get(home))
        .route("/messages", get(|| async { page("Messages", include_str!("messages.html")) }))
        .route("/mcps", get(|| async { page("MCP servers", include_str!("mcps.html")) }))
        .route("/demo/demo.js", get(|| async { file("text/javascript", include_str!("demo.js")) }))
        .route("/demo/demo.css", get(|| async { file("text/css", include_str!("demo.css")) }))
}

async fn home(State(upstream): State<Arc<Upstream>>) -> impl IntoResponse {
    let of_mocks = match upstream.as_ref() {
        Upstream::Mocks(mocks) => about(mocks),
        Upstream::Google(_) => String::new(),
    };
    page("Demo", &include_str!("home.html").replace("<!-- mocks -->", &of_mocks))
}

/// What one has to know of the mocks to fill in forms, and what arrived at them.
fn about(mocks: &Upstreams) -> String {
    let (smtp, receiver) =
        (mocks.smtp.port(), mocks.receiver.url(RECEIVER).map(String::from).unwrap_or_default());
    let mut arrived = String::new();
    for (at, what) in mocks.arrivals() {
        let what = what.map_or_else(|| "nothing yet".to_owned(), |what| escape(&shortened(&what)));
        arrived.extend(["<dt>", at, "</dt><dd>", &what, "</dd>"]);
    }
    include_str!("mocks.html")
        .replace("{smtp}", &smtp.to_string())
        .replace("{username}", USERNAME)
        .replace("{password}", PASSWORD)
        .replace("{receiver}", &escape(&receiver))
        .replace("{arrived}", &arrived)
}

/// `body` is HTML.
fn page(title: &str, body: &str) -> impl IntoResponse + use<> {
    let html = include_str!("layout.html")
        .replace("{title}", title)
        .replace("{script}", &Web::script())
        .replace("{body}", body);
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    (headers, html)
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], text)
}

fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
