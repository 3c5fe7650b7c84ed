use std::sync::Arc;

use axum::Router;
use bailee_engine::Bailee;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Authenticate, access, agents, authorize, callback, connect_page as pages, connects,
    context::Context,
    frame::{framed, framed_up_to},
    hooks as inbound, integrations, join, mcps, openapi as description, organizations as members, providers,
    secrets, tasks, threads,
};

/// The largest body that a provider may send to a hook.
const LARGEST_DELIVERY: usize = 1024 * 1024;

/// All routes: [`organizations`], [`v1`], [`oauth_callback`], [`hooks`], [`connect_page`] and [`openapi`].
///
/// Merge it into the host's router, or nest it under the path of the base URL. It has no fallback, and its layers
/// touch no route of the host.
///
/// ```
/// use bailee_core::{Actor, Owner, Session, Transport};
/// use bailee_engine::Bailee;
/// use bailee_http::{FromExtension, SignedIn};
/// # use bailee_testkit::{GlassVault, MemoryStore, MockClock};
///
/// #[derive(Clone)]
/// struct CurrentUser {
///     owner: Owner,
/// }
///
/// impl SignedIn for CurrentUser {
///     fn session(&self) -> Session {
///         Session { owner: self.owner.clone(), actor: Actor::Human, transport: Transport::Cookie }
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = MemoryStore::new(std::sync::Arc::new(MockClock::new()));
/// # let vault = GlassVault::default();
/// let bailee = Bailee::builder(store, vault).base_url("https://backend.example.com".parse()?).build()?;
/// let app: axum::Router = axum::Router::new()
///     .merge(bailee_http::router(&bailee, FromExtension::<CurrentUser>::new()));
/// # Ok(())
/// # }
/// ```
pub fn router(bailee: &Bailee, authenticate: impl Authenticate + 'static) -> Router {
    let authenticate: Arc<dyn Authenticate> = Arc::new(authenticate);
    organizations(bailee, Arc::clone(&authenticate))
        .merge(v1(bailee, Arc::clone(&authenticate)))
        .merge(oauth_callback(bailee, Arc::clone(&authenticate)))
        .merge(hooks(bailee, Arc::clone(&authenticate)))
        .merge(connect_page(bailee, authenticate))
        .merge(openapi(bailee))
}

/// The routes under `/api/organizations/{organization_id}`.
pub fn organizations(bailee: &Bailee, authenticate: impl Authenticate + 'static) -> Router {
    mounted(organization_routes(), bailee, authenticate)
}

/// The routes under `/v1`, which act on the session's own owner.
pub fn v1(bailee: &Bailee, authenticate: impl Authenticate + 'static) -> Router {
    mounted(v1_routes(), bailee, authenticate)
}

/// `GET /api/oauth/{provider}/callback`, where providers return to. Open; it must be reached at this path below the
/// base URL.
pub fn oauth_callback(bailee: &Bailee, authenticate: impl Authenticate + 'static) -> Router {
    mounted(callback_routes(), bailee, authenticate)
}

/// `POST /api/hooks/{provider}/{opaque}`, where providers send what happens by itself. Open; it must be reached at this
/// path below the base URL.
pub fn hooks(bailee: &Bailee, authenticate: impl Authenticate + 'static) -> Router {
    let (routes, _description) = hook_routes().split_for_parts();
    framed_up_to(LARGEST_DELIVERY, routes.with_state(Context::new(bailee, Arc::new(authenticate))), bailee)
}

/// `/integrations/connect/{id}`, the page to which an agent leads its owner, and `/integrations/connected`, where that
/// ends. They must be reached at these paths below the base URL.
pub fn connect_page(bailee: &Bailee, authenticate: impl Authenticate + 'static) -> Router {
    mounted(page_routes(), bailee, authenticate)
}

/// `GET /openapi.json`, the description of all routes. Open.
pub fn openapi(bailee: &Bailee) -> Router {
    let routes = organization_routes()
        .merge(v1_routes())
        .merge(callback_routes())
        .merge(hook_routes())
        .merge(page_routes())
        .merge(OpenApiRouter::default().routes(routes!(description::describe)));
    framed(description::router(bailee, routes), bailee)
}

fn mounted(
    routes: OpenApiRouter<Context>,
    bailee: &Bailee,
    authenticate: impl Authenticate + 'static,
) -> Router {
    let (mounted, _description) = routes.split_for_parts();
    framed(mounted.with_state(Context::new(bailee, Arc::new(authenticate))), bailee)
}

fn organization_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(members::list))
        .routes(routes!(members::validate, members::disconnect))
        .routes(routes!(members::auth_link))
        .routes(routes!(members::finish))
        .routes(routes!(mcps::list))
}

fn v1_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default()
        .routes(routes!(integrations::list, join::create))
        .routes(routes!(integrations::update, integrations::disconnect))
        .routes(routes!(integrations::validate))
        .routes(routes!(integrations::test))
        .routes(routes!(authorize::authorize))
        .routes(routes!(join::connect))
        .routes(routes!(integrations::finish))
        .routes(routes!(secrets::list, secrets::create))
        .routes(routes!(secrets::update, secrets::delete))
        .routes(routes!(access::list))
        .routes(routes!(providers::list))
        .routes(routes!(threads::thread))
        .routes(routes!(threads::permissions, threads::set_permissions))
        .routes(routes!(tasks::list))
        .routes(routes!(tasks::accept))
        .routes(routes!(tasks::decline))
        .routes(routes!(agents::session))
        .routes(routes!(agents::profiles))
        .routes(routes!(agents::tools))
        .routes(routes!(agents::ledger))
        .routes(routes!(connects::read))
}

fn callback_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(callback::arrive))
}

fn hook_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(inbound::receive))
}

fn page_routes() -> OpenApiRouter<Context> {
    OpenApiRouter::default().routes(routes!(pages::show, pages::answer)).routes(routes!(pages::connected))
}
