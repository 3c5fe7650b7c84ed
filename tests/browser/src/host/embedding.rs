//! Pages of the host's own that embed the elements.

use std::{collections::BTreeMap, fmt::Write as _};

use axum::{
    Router,
    extract::{Path, Query},
    http::{HeaderValue, header},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use bailee::web::Web;

/// A host that is as strict as the pages of bailee.
const STRICT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; \
    trusted-types 'none'";

/// A style sheet of a host that spoils whatever it reaches.
const HOSTILE: &str = "* { all: unset; color: red !important; }
button, dialog, h1, h2, input { display: none !important; }
div { position: absolute; opacity: 0; }
";

pub(super) fn router() -> Router {
    Router::new()
        .route("/embed/{element}", get(embed))
        .route("/hostile/{element}", get(hostile))
        .route("/hostile.css", get(async || ([(header::CONTENT_TYPE, "text/css")], HOSTILE)))
        .route("/pseudo/{element}", get(pseudo))
        .route("/pseudo/{element}/set-up.js", get(set_up))
        .route("/pseudo.js", get(async || script(include_str!("../../pseudo.js").to_owned())))
        .route("/frame", get(frame))
}

/// One element, with the query as its attributes.
async fn embed(Path(element): Path<String>, Query(attributes): Query<BTreeMap<String, String>>) -> Response {
    strict(&page("", &tag(&element, &attributes)))
}

/// The same twice, in a page whose style hits everything.
async fn hostile(
    Path(element): Path<String>,
    Query(attributes): Query<BTreeMap<String, String>>,
) -> Response {
    let tag = tag(&element, &attributes);
    strict(&page("<link rel=\"stylesheet\" href=\"/hostile.css\">", &format!("{tag}{tag}")))
}

/// An element in the language of `pseudo.js`.
async fn pseudo(Path(element): Path<String>, Query(attributes): Query<BTreeMap<String, String>>) -> Response {
    let head = format!("<script type=\"module\" src=\"/pseudo/{element}/set-up.js\"></script>");
    let page = page(&head, &tag(&element, &attributes));
    strict(&page.replace("lang=\"en\"", "lang=\"ar\" dir=\"rtl\""))
}

/// Gives the element its texts.
async fn set_up(Path(element): Path<String>) -> Response {
    let module = Web::script();
    script(format!(
        "import {{ pseudo }} from \"/pseudo.js\";\nimport {{ english }} from \"{module}\";\n\
         const element = document.querySelector(\"{element}\");\n\
         await customElements.whenDefined(\"{element}\");\n\
         element.messages = pseudo(english);\nelement.toggleAttribute(\"data-ready\", true);\n"
    ))
}

fn script(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text).into_response()
}

/// A page of some origin that frames an address.
async fn frame(Query(query): Query<BTreeMap<String, String>>) -> Html<String> {
    let address = query.get("of").map(String::as_str).unwrap_or_default();
    Html(format!(
        "<!doctype html><html lang=\"en\"><title>Frame</title>\
         <iframe title=\"Framed\" src=\"{address}\" width=\"900\" height=\"700\"></iframe></html>"
    ))
}

fn tag(element: &str, attributes: &BTreeMap<String, String>) -> String {
    let mut tag = format!("<{element}");
    for (name, value) in attributes {
        // Writing to a text does not fail.
        let _ = write!(tag, " {name}=\"{value}\"");
    }
    let _ = write!(tag, "></{element}>");
    tag
}

fn page(head: &str, body: &str) -> String {
    let script = Web::script();
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Host</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{head}\
         <script type=\"module\" src=\"{script}\"></script></head>\
         <body><main><h1>Host</h1>{body}</main></body></html>"
    )
}

fn strict(page: &str) -> Response {
    let mut response = Html(page.to_owned()).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(STRICT));
    response
}
