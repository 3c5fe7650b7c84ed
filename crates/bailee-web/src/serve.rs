use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, State},
    response::Response,
};
use bailee_core::{ProviderKey, WidgetSources};
use http::{HeaderMap, StatusCode, header};

use crate::{
    Web,
    assets::{self, Kept},
    html::Shell,
    policy,
};

const SAME_ORIGIN: &str = "same-origin";

/// `/integrations`.
pub(crate) async fn list(State(web): State<Arc<Web>>) -> Response {
    let mut attributes = web.attributes("");
    attributes.push(("heading", web.title.clone()));
    let shell = Shell { element: "bailee-integrations", attributes, ..web.shell("") };
    page(shell.html(), &web.policy.of_list(), SAME_ORIGIN)
}

/// `/integrations/{service}/callback`.
pub(crate) async fn callback(State(web): State<Arc<Web>>, Path(service): Path<String>) -> Response {
    let Ok(service) = ProviderKey::new(service) else { return missing() };
    let mut attributes = web.attributes("../../");
    attributes.push(("service", service.to_string()));
    let shell = Shell { element: "bailee-callback", attributes, ..web.shell("../../") };
    page(shell.html(), &web.policy.of_page(), SAME_ORIGIN)
}

/// `/integrations/{service}/widget`.
pub(crate) async fn widget(State(web): State<Arc<Web>>, Path(service): Path<String>) -> Response {
    let Some((service, sources)) = web.sources(service) else { return missing() };
    let mut attributes = web.attributes("../../");
    attributes.push(("service", service.to_string()));
    attributes.push(("setup", "widget/setup.js".to_owned()));
    let script = sources.script.to_string();
    let shell = Shell { element: "bailee-widget", attributes, before: Some(&script), ..web.shell("../../") };
    // The widget may sign in at a bank in a window of its own, and hear from it.
    page(shell.html(), &web.policy.of_widget(sources), "same-origin-allow-popups")
}

/// The module that opens the widget of a provider.
pub(crate) async fn setup(State(web): State<Arc<Web>>, Path(service): Path<String>) -> Response {
    let Some((_, sources)) = web.sources(service) else { return missing() };
    let mut response = Response::new(Body::from(sources.setup));
    assets::dress(response.headers_mut(), "text/javascript; charset=utf-8", Kept::Never);
    response
}

/// A file at the address of its version. At that of another version there is nothing: it would mix files of two.
pub(crate) async fn asset(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    match assets::find(&name).filter(|_| hash == assets::hash()) {
        Some(asset) => asset.answer(&headers, Kept::Forever),
        None => missing(),
    }
}

/// The two files that others name without knowing their version.
pub(crate) async fn alias(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match name.as_str() {
        "bailee.js" => {
            let mut response = Response::new(Body::from(format!(
                "export * from \"./{hash}/bailee.js\";\n",
                hash = assets::hash()
            )));
            assets::dress(response.headers_mut(), "text/javascript; charset=utf-8", Kept::Never);
            response
        }
        "page.css" => assets::find(&name).map_or_else(missing, |asset| asset.answer(&headers, Kept::Never)),
        _ => missing(),
    }
}

impl Web {
    fn shell<'a>(&'a self, up: &'static str) -> Shell<'a> {
        Shell { up, title: &self.title, element: "", attributes: Vec::new(), before: None }
    }

    /// What every element is told. Where the API is, is said from the page's own address.
    fn attributes(&self, up: &str) -> Vec<(&'static str, String)> {
        let api = self.api.clone().unwrap_or_else(|| format!("{up}v1"));
        let mut attributes = vec![("api", api), ("return-to", format!("{up}integrations"))];
        attributes.extend(self.sign_in_url.clone().map(|url| ("sign-in-url", url)));
        attributes
    }

    fn sources(&self, service: String) -> Option<(ProviderKey, &WidgetSources)> {
        let service = ProviderKey::new(service).ok()?;
        let sources = self.widgets.get(&service)?;
        Some((service, sources))
    }
}

fn page(html: String, policy: &str, opener: &'static str) -> Response {
    let mut response = Response::new(Body::from(html));
    policy::dress(response.headers_mut(), policy, opener);
    response
}

fn missing() -> Response {
    let mut response = Response::new(Body::from("There is nothing here.\n"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    assets::dress(response.headers_mut(), "text/plain; charset=utf-8", Kept::Never);
    response.headers_mut().remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    response
}
