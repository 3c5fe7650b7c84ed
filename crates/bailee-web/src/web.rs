use std::{collections::HashMap, sync::Arc};

use axum::{Router, routing::get};
use bailee_core::{ProviderKey, WidgetSources};
use url::{Origin, Url};

use crate::{assets, policy::Policy, serve};

/// The pages under `/integrations`, as they are by default: [`Web::new`]`().router()`.
///
/// Mount it where [`bailee_http::router`](https://docs.rs/bailee-http) is: the pages ask the API beside them. Below
/// another path, nest both.
pub fn router() -> Router {
    Web::new().router()
}

/// The pages under `/integrations`, and what a host says of them.
#[derive(Clone, Debug)]
#[must_use]
pub struct Web {
    pub(crate) title: String,
    pub(crate) api: Option<String>,
    pub(crate) sign_in_url: Option<String>,
    pub(crate) widgets: HashMap<ProviderKey, WidgetSources>,
    pub(crate) policy: Policy,
}

impl Default for Web {
    fn default() -> Self {
        Self::new()
    }
}

impl Web {
    /// The pages over the API beside them.
    pub fn new() -> Self {
        Self {
            title: "Integrations".to_owned(),
            api: None,
            sign_in_url: None,
            widgets: HashMap::new(),
            policy: Policy::default(),
        }
    }

    /// Another title than `Integrations`.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Where the API is: a path that ends with `/v1` or `/api/organizations/<organization>`. By default the `/v1` beside
    /// the pages.
    pub fn api(mut self, path: impl Into<String>) -> Self {
        self.api = Some(path.into());
        self
    }

    /// As [`Web::api`], at another origin, which must allow that by CORS. A cookie does not go there: the host's page has
    /// to give the elements a `tokenProvider`.
    pub fn api_elsewhere(mut self, url: &Url) -> Self {
        self.policy.connect = Some(url.origin().ascii_serialization());
        self.api = Some(url.to_string());
        self
    }

    /// Where somebody signs in whose session has ended.
    pub fn sign_in_url(mut self, url: impl Into<String>) -> Self {
        self.sign_in_url = Some(url.into());
        self
    }

    /// Lets pages of these origins show the list in a frame. The pages where accounts are connected are never framed.
    pub fn frame_ancestors(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        let origins = origins.into_iter().filter(Origin::is_tuple);
        self.policy.frame_ancestors = origins.map(|origin| origin.ascii_serialization()).collect();
        self
    }

    /// Serves a page for each provider whose accounts are joined by its own widget: `Bailee::widgets` names them.
    ///
    /// The script of the provider runs on that page, with everything that a script of the host's origin can do.
    pub fn widgets(mut self, widgets: impl IntoIterator<Item = (ProviderKey, WidgetSources)>) -> Self {
        self.widgets.extend(widgets);
        self
    }

    /// The path of the module that defines the elements, below where this is mounted: for pages of the host's own. It
    /// changes with its content, and may be kept forever.
    #[must_use]
    pub fn script() -> String {
        format!("/integrations/assets/{}/bailee.js", assets::hash())
    }

    /// The routes. No fallback, and no layer that touches a route of the host.
    pub fn router(self) -> Router {
        Router::new()
            .route("/integrations", get(serve::list))
            .route("/integrations/{service}/callback", get(serve::callback))
            .route("/integrations/{service}/widget", get(serve::widget))
            .route("/integrations/{service}/widget/setup.js", get(serve::setup))
            .route("/integrations/assets/{name}", get(serve::alias))
            .route("/integrations/assets/{hash}/{name}", get(serve::asset))
            .with_state(Arc::new(self))
    }
}
