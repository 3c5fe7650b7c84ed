use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use bailee::{
    Actor, Background, Bailee, Counterpart, DirectoryError, ExposeSecret as _, InvalidId, KeyRing,
    OrganizationId, Owner, ProfileDirectory, ProfileId, Provider, Session, SqlStore, ThreadDirectory,
    ThreadId, Transport,
    http::{AuthenticateError, FromExtension, SignedIn},
    mcp::RunTokens,
    vault::RingEntropy,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::upstream::Upstream;

/// The demo sign-in of an API client. A host has its own sign-in; this one lets everybody in as `ada`.
pub(crate) const DEMO_TOKEN: &str = "demo";

const DEMO_COOKIE: &str = "demo_session=ada";

/// The one organization of the demo, and its one member.
pub(crate) const ORGANIZATION: &str = "demo";
const USER: &str = "ada";

/// A host that embeds bailee: its sign-in, its routes, its database file.
pub(crate) struct Host {
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
    /// The adapters, for the next start.
    providers: Vec<Arc<dyn Provider>>,
    pub(crate) base_url: String,
    directory: PathBuf,
    store: SqlStore,
    background: Background,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
}

impl Host {
    /// Opens the database file, migrates it, and serves.
    pub(crate) async fn start(
        listener: TcpListener,
        base_url: &str,
        directory: &Path,
        upstream: &Upstream,
    ) -> anyhow::Result<Self> {
        Self::open(listener, base_url, directory, upstream.providers()?).await
    }

    async fn open(
        listener: TcpListener,
        base_url: &str,
        directory: &Path,
        providers: Vec<Arc<dyn Provider>>,
    ) -> anyhow::Result<Self> {
        let store = SqlStore::open(&format!("sqlite://{}", directory.join("host.db").display())).await?;
        store.migrate().await?;
        let keys = key_ring(directory)?;
        let bailee = Bailee::builder(store.clone(), keys)
            .base_url(base_url.parse()?)
            .profiles(Demo)
            .threads(Demo)
            .providers(providers.clone())
            .build()?;
        bailee.verify().await?;
        let background = bailee.start();

        let app = Router::new()
            .route("/", get(page))
            .route("/integrations", get(page))
            .merge(bailee::http::router(&bailee, FromExtension::<DemoUser>::new()))
            .merge(crate::runs::router(&bailee))
            .layer(middleware::from_fn(sign_in))
            // Agents have no session: they come with the credential of a run.
            .merge(bailee::mcp::router("/mcp", &bailee, RunTokens));
        let (stop, mut stopped) = watch::channel(false);
        let server = tokio::spawn(async move {
            let stopping = async move {
                // The sender lives in the host.
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            // Serving ends with an error of the listener or with the stop; either way there is nothing left to do.
            let _ = axum::serve(listener, app).with_graceful_shutdown(stopping).await;
        });
        Ok(Self {
            bailee,
            owner: Owner::member(ORGANIZATION, USER)?,
            providers,
            base_url: base_url.to_owned(),
            directory: directory.to_owned(),
            store,
            background,
            stop,
            server,
        })
    }

    /// Stops everything and starts anew from the same file and the same port.
    pub(crate) async fn restart(self) -> anyhow::Result<Self> {
        let (base_url, directory, providers) =
            (self.base_url.clone(), self.directory.clone(), self.providers.clone());
        let port = url::Url::parse(&base_url)?.port().unwrap_or(80);
        self.stop().await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Self::open(listener, &base_url, &directory, providers).await
    }

    pub(crate) async fn until_interrupted(&self) -> anyhow::Result<()> {
        Ok(tokio::signal::ctrl_c().await?)
    }

    /// Drains what is under way, then closes the database.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        // A server that panicked has nothing left to stop.
        let _ = self.server.await;
        self.background.shutdown(Duration::from_secs(10)).await;
        self.store.close().await;
    }
}

/// The key ring of this directory: made at the first start, read at every other.
fn key_ring(directory: &Path) -> anyhow::Result<KeyRing> {
    let file = directory.join("keys");
    if !file.exists() {
        let (_, key) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        std::fs::write(&file, key.expose_secret())?;
    }
    Ok(KeyRing::from_file(&file)?)
}

async fn page() -> Html<&'static str> {
    Html(include_str!("page.html"))
}

/// Which profiles and threads are whose, as a host looks them up in its own tables. Here everybody has the same.
#[derive(Clone, Copy, Debug)]
struct Demo;

/// The agents of the demo.
pub(crate) const PROFILES: [&str; 2] = ["assistant", "researcher"];

/// The conversation with somebody else's agent.
pub(crate) const THREAD: &str = "thread_with_bob";

#[async_trait]
impl ProfileDirectory for Demo {
    async fn owns(&self, _: &Owner, profile: &ProfileId) -> Result<bool, DirectoryError> {
        Ok(PROFILES.contains(&profile.as_str()))
    }

    async fn list(&self, _: &Owner) -> Result<Vec<ProfileId>, DirectoryError> {
        Ok(PROFILES.into_iter().filter_map(|id| ProfileId::new(id).ok()).collect())
    }
}

#[async_trait]
impl ThreadDirectory for Demo {
    async fn owns(&self, _: &Owner, thread: &ThreadId) -> Result<bool, DirectoryError> {
        Ok(thread.as_str() == THREAD)
    }

    async fn counterpart(&self, _: &Owner, _: &ThreadId) -> Result<Option<Counterpart>, DirectoryError> {
        Ok(Some(Counterpart { name: "the agent of Bob".to_owned(), verified: true }))
    }
}

/// The user that the demo sign-in found.
#[derive(Clone)]
pub(crate) struct DemoUser(Session);

impl DemoUser {
    pub(crate) fn owner(&self) -> Owner {
        self.0.owner.clone()
    }
}

#[async_trait]
impl SignedIn for DemoUser {
    fn session(&self) -> Session {
        self.0.clone()
    }

    async fn may_act_in(&self, organization: &OrganizationId) -> Result<bool, AuthenticateError> {
        Ok(organization.as_str() == ORGANIZATION)
    }
}

/// Stands in for the sign-in that a host has: a cookie that every browser gets, and one bearer token.
async fn sign_in(mut request: Request, next: Next) -> Response {
    if let Some(transport) = transport(request.headers())
        && let Ok(session) = session(transport)
    {
        request.extensions_mut().insert(DemoUser(session));
    }
    let mut response = next.run(request).await.into_response();
    if response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    {
        let cookie = HeaderValue::from_static("demo_session=ada; Path=/; HttpOnly; SameSite=Lax");
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// As whom the demo signs everybody in.
pub(crate) fn session(transport: Transport) -> Result<Session, InvalidId> {
    Ok(Session { owner: Owner::member(ORGANIZATION, USER)?, actor: Actor::Human, transport })
}

fn transport(headers: &HeaderMap) -> Option<Transport> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text(header::AUTHORIZATION).strip_prefix("Bearer ") == Some(DEMO_TOKEN) {
        return Some(Transport::Bearer);
    }
    text(header::COOKIE).split("; ").any(|cookie| cookie == DEMO_COOKIE).then_some(Transport::Cookie)
}
