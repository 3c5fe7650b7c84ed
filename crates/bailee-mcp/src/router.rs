use std::{fmt, sync::Arc};

use axum::{
    Json, Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::get,
};
use bailee_core::{Caller, Effects, ProviderKey};
use bailee_engine::Bailee;
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use rmcp::{
    ServerHandler,
    transport::{
        StreamableHttpServerConfig,
        streamable_http_server::{StreamableHttpService, session::local::LocalSessionManager},
    },
};
use serde_json::{Value, json};
use url::Url;

use crate::{
    Identify, IdentifyError, Identity,
    jwt::{READ, WRITE},
    server::ToolServer,
    sessions::Sessions,
    visit::Visit,
};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Serves the tools of all callers at `path` (all of them) and at `path/{definition}` (those of one definition), for both
/// eras of the protocol. Merge it at the root of the host's router. [`Mcp`] has the options.
///
/// ```
/// use bailee_engine::Bailee;
/// use bailee_mcp::RunTokens;
/// # use bailee_testkit::{GlassVault, MemoryStore, MockClock};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = MemoryStore::new(std::sync::Arc::new(MockClock::new()));
/// # let vault = GlassVault::default();
/// let bailee = Bailee::builder(store, vault).base_url("https://backend.example.com".parse()?).build()?;
/// let app: axum::Router = axum::Router::new().merge(bailee_mcp::router("/mcp", &bailee, RunTokens));
/// # Ok(())
/// # }
/// ```
pub fn router(path: &str, bailee: &Bailee, identify: impl Identify + 'static) -> Router {
    Mcp::new(bailee, identify).router(path)
}

/// The options of [`router`].
#[must_use]
pub struct Mcp {
    bailee: Bailee,
    identify: Arc<dyn Identify>,
    hosts: Vec<String>,
    origins: Vec<String>,
    sessions: bool,
}

impl Mcp {
    /// Takes requests whose `Host` is that of the base URL, and whose `Origin`, if they have one, is that of the base URL or
    /// of the pages.
    pub fn new(bailee: &Bailee, identify: impl Identify + 'static) -> Self {
        let (base, app) = (bailee.base_url(), bailee.app_url());
        Self {
            bailee: bailee.clone(),
            identify: Arc::new(identify),
            hosts: base.host_str().map(str::to_owned).into_iter().collect(),
            origins: [base, app].into_iter().map(origin).collect(),
            sessions: true,
        }
    }

    /// Takes another `Host` too, with or without port: where a proxy in front does not keep the outer one.
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Takes requests of pages of another origin too.
    pub fn allow_origin(mut self, of: &Url) -> Self {
        self.origins.push(origin(of));
        self
    }

    /// Whether versions before 2026-07-28 have sessions; they do by default. Several processes behind one address need
    /// each session to come back to the same one; without sessions, older clients are told of no changes.
    pub const fn sessions(mut self, sessions: bool) -> Self {
        self.sessions = sessions;
        self
    }

    /// The routes.
    pub fn router(self, path: &str) -> Router {
        self.router_with(path, |tools| tools)
    }

    /// The routes of a server of the host around ours: for prompts and resources of its own beside our tools. `around` gets
    /// ours, to hand on to it what it does not answer itself.
    pub fn router_with<S, F>(self, path: &str, around: F) -> Router
    where
        S: ServerHandler,
        F: Fn(ToolServer) -> S + Clone + Send + Sync + 'static,
    {
        let path = format!("/{}", path.trim_matches('/'));
        let metadata_path = format!("/.well-known/oauth-protected-resource{path}");
        let base = self.bailee.base_url().as_str().trim_end_matches('/').to_owned();
        let servers: Vec<Value> =
            self.identify.authorization_servers().iter().map(|url| json!(url.as_str())).collect();
        let metadata = (!servers.is_empty()).then(|| format!("{base}{metadata_path}"));
        let tools = ToolServer::new(&self.bailee, None);
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(self.hosts)
            .with_allowed_origins(self.origins)
            .enforce_origin_validation()
            .with_legacy_session_mode(self.sessions)
            // What answers without a session is whole when its answer begins, and needs no stream. Without any sessions
            // older versions are answered so too: theirs is a stream, which keeps a connection alive while a call lasts.
            .with_json_response(self.sessions)
            .with_max_request_body_bytes(self.bailee.limits().message_bytes);
        let service = StreamableHttpService::new(
            move || Ok(around(tools.clone())),
            Arc::new(LocalSessionManager::default()),
            config,
        );
        let door = Arc::new(Door {
            bailee: self.bailee,
            identify: self.identify,
            sessions: Sessions::default(),
            path: path.clone(),
            metadata,
        });
        let mut router = Router::new()
            .route_service(&path, service.clone())
            .route_service(&format!("{path}/{{definition}}"), service)
            .route_layer(from_fn_with_state(door, guard));
        if !servers.is_empty() {
            let document = json!({
                "resource": format!("{base}{path}"),
                "authorization_servers": servers,
                "scopes_supported": [READ, WRITE],
                "bearer_methods_supported": ["header"],
            });
            router = router.route(&metadata_path, get(move || async move { Json(document) }));
        }
        router
    }
}

impl fmt::Debug for Mcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mcp")
            .field("identify", &self.identify)
            .field("hosts", &self.hosts)
            .field("origins", &self.origins)
            .field("sessions", &self.sessions)
            .finish_non_exhaustive()
    }
}

/// With its port: an entry without one would stand for every port.
fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}:{}", url.scheme(), url.port_or_known_default().unwrap_or_default())
}

/// What stands before the protocol.
struct Door {
    bailee: Bailee,
    identify: Arc<dyn Identify>,
    sessions: Sessions,
    path: String,
    metadata: Option<String>,
}

/// Lets in who is known, through the door that they came to, into sessions of their own.
async fn guard(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(definition) = door.definition(&parts) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let identity = match door.identify.identify(&door.bailee, &parts).await {
        Ok(identity) => identity,
        Err(IdentifyError::Unavailable) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Err(_) => return door.challenge(StatusCode::UNAUTHORIZED, None),
    };
    let caller = identity.caller.clone();
    let session = parts.headers.get(SESSION).map(|id| id.to_str().unwrap_or_default().to_owned());
    // As for one that does not exist.
    if session.as_deref().is_some_and(|id| !door.sessions.are_of(id, &caller)) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if door.lacks_scope(&parts, &identity).await {
        return door.challenge(StatusCode::FORBIDDEN, Some(WRITE));
    }
    let ends = parts.method == Method::DELETE;
    parts.extensions.insert(Arc::new(Visit { identity, definition }));
    let response = next.run(Request::from_parts(parts, body)).await;
    match (session, response.headers().get(SESSION).and_then(|id| id.to_str().ok())) {
        (None, Some(begun)) => door.sessions.begin(begun.to_owned(), caller),
        (Some(id), _) if ends || response.status() == StatusCode::NOT_FOUND => door.sessions.end(&id),
        _ => {}
    }
    response
}

impl Door {
    /// The definition in the path; an error for one that does not exist.
    fn definition(&self, parts: &Parts) -> Result<Option<ProviderKey>, ()> {
        let rest = parts.uri.path().strip_prefix(&self.path).unwrap_or_default();
        match rest.trim_matches('/') {
            "" => Ok(None),
            key => self.bailee.definition(key).map(|definition| Some(definition.key.clone())).ok_or(()),
        }
    }

    /// Whether an own agent calls a tool that it would have, if only its credential covered tools that write. Known from
    /// the headers of the newest version; others are told that there is no such tool.
    async fn lacks_scope(&self, parts: &Parts, identity: &Identity) -> bool {
        let caller = &identity.caller;
        let text = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let (Some("tools/call"), Some(tool)) = (text(&METHOD), text(&NAME)) else { return false };
        if caller.is_counterpart() || caller.effects() == Effects::default() {
            return false;
        }
        let whole = caller.clone().with_effects(Effects::default());
        self.may(&whole, tool).await && !self.may(caller, tool).await
    }

    async fn may(&self, caller: &Caller, tool: &str) -> bool {
        let tools = self.bailee.tools(caller).await.unwrap_or_default();
        tools.iter().any(|granted| granted.tool().name.as_str() == tool)
    }

    /// RFC 6750 §3, with where to find out more (RFC 9728 §5.1).
    fn challenge(&self, status: StatusCode, scope: Option<&str>) -> Response {
        let mut parameters = match scope {
            Some(scope) => vec!["error=\"insufficient_scope\"".to_owned(), format!("scope=\"{scope}\"")],
            None => vec![format!("scope=\"{READ} {WRITE}\"")],
        };
        parameters.extend(self.metadata.iter().map(|url| format!("resource_metadata=\"{url}\"")));
        let mut response = Response::new(Body::empty());
        *response.status_mut() = status;
        if let Ok(value) = HeaderValue::try_from(format!("Bearer {}", parameters.join(", "))) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
        }
        response
    }
}
