mod agents;
mod embedding;
mod seeding;

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, header},
    middleware::{self, Next},
    response::{Html, Response},
    routing::get,
};
use bailee::{
    Background, Bailee, KeyRing, SqlStore, Timings, http::FromExtension, mcp::RunTokens, vault::RingEntropy,
    web::Web,
};
use bailee_testkit::mock_telegram::Update;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use url::Url;

use crate::{
    Mocks, Person, Seen, Trouble,
    people::{Tables, Visitor},
    sessions::http_client,
    trouble::{self, Way},
};

/// The one organization.
pub const ORGANIZATION: &str = "o1";

/// The cookie of the host's sign-in.
pub(crate) const COOKIE: &str = "host_session";

/// A host that embeds bailee: its sign-in, its pages, its database file. It stops when it is dropped.
#[derive(Debug)]
pub struct Host {
    /// Itself.
    pub bailee: Bailee,
    /// Whom it talks to.
    pub mocks: Mocks,
    base_url: String,
    way: Way,
    tables: Tables,
    store: SqlStore,
    background: Option<Background>,
    server: JoinHandle<()>,
    _directory: TempDir,
}

impl Host {
    pub(crate) async fn start(timings: Timings) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let base_url = format!("http://localhost:{}", listener.local_addr()?.port());
        let directory = TempDir::new()?;
        let mocks = Mocks::start(&base_url).await?;
        let store =
            SqlStore::open(&format!("sqlite://{}", directory.path().join("host.db").display())).await?;
        store.migrate().await?;
        let (keys, _) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let tables = Tables::default();
        let bailee = Bailee::builder(store.clone(), keys)
            .base_url(base_url.parse()?)
            .timings(timings)
            .profiles(tables.clone())
            .threads(tables.clone())
            .owners(tables.clone())
            .providers(mocks.providers()?)
            .build()?;
        let background = Some(bailee.start());
        let way = Way::default();
        let app = app(&bailee, &base_url.parse()?, &way);
        let server = tokio::spawn(async move {
            // It ends with the test, or with an error that the test sees as a missing answer.
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { bailee, mocks, base_url, way, tables, store, background, server, _directory: directory })
    }

    /// The address of a path.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Deletes somebody's agent.
    pub fn forget_agent(&self, profile: &str) {
        self.tables.forget(profile);
    }

    /// Does what Telegram does with an update.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn deliver(&self, update: &Update) -> anyhow::Result<()> {
        let request = http_client()?.post(&update.url).headers(update.headers.clone());
        let request = request.header(header::CONTENT_TYPE, "application/json").body(update.body());
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// What happens from now on to requests of this method below this path.
    pub fn trouble(&self, method: &str, path: &str, trouble: Trouble) {
        self.way.plant(method, path, trouble);
    }

    /// Ends all trouble, for later requests.
    pub fn heal(&self) {
        self.way.clear();
    }

    /// Every request so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.way.seen()
    }

    /// How many requests of this method to exactly this path it got.
    #[must_use]
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.seen().iter().filter(|seen| seen.method == method && seen.path == path).count()
    }

    pub(crate) async fn stop(mut self) {
        self.server.abort();
        if let Some(background) = self.background.take() {
            background.shutdown(Duration::from_secs(5)).await;
        }
        self.store.close().await;
    }
}

/// The pages of bailee; those of the host `app.localhost` may frame the list.
fn pages(bailee: &Bailee, base_url: &Url) -> Web {
    let mut friend = base_url.clone();
    // Not for an address without a host, and this one has one.
    let _ = friend.set_host(Some("app.localhost"));
    Web::new().sign_in_url("/sign-in").widgets(bailee.widgets()).frame_ancestors([friend.origin()])
}

fn app(bailee: &Bailee, base_url: &Url, way: &Way) -> Router {
    Router::new()
        .merge(bailee::http::router(bailee, FromExtension::<Visitor>::new()))
        .merge(pages(bailee, base_url).router())
        .merge(embedding::router())
        .route("/sign-in", get(async || Html("<!doctype html><title>Sign in</title><h1>Sign in</h1>")))
        .layer(middleware::from_fn(sign_in))
        .merge(bailee::mcp::router("/mcp", bailee, RunTokens))
        .layer(middleware::from_fn_with_state(way.clone(), trouble::pass))
}

/// Stands in for the sign-in that a host has: whoever the cookie names.
async fn sign_in(mut request: Request, next: Next) -> Response {
    if let Some(Ok(session)) = person(request.headers()).map(|person| person.session()) {
        request.extensions_mut().insert(Visitor(session));
    }
    next.run(request).await
}

fn person(headers: &HeaderMap) -> Option<Person> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|value| value.split("; ")).filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).and_then(|(_, user)| Person::named(user))
}
