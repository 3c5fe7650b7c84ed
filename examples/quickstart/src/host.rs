use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::{Router, middleware};
use bailee::{
    Background, Bailee, ExposeSecret as _, KeyRing, Owner, SqlStore, http::FromExtension, mcp::RunTokens,
    vault::RingEntropy, web::Web,
};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    demo,
    directory::{Demo, ORGANIZATION, USER},
    runs,
    sign_in::{DemoUser, sign_in},
    upstream::Upstream,
};

/// A host that embeds bailee: its sign-in, its routes, its database file.
pub(crate) struct Host {
    pub(crate) bailee: Bailee,
    pub(crate) owner: Owner,
    /// What it talks to, for the next start.
    upstream: Arc<Upstream>,
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
        upstream: Arc<Upstream>,
    ) -> anyhow::Result<Self> {
        let store = SqlStore::open(&format!("sqlite://{}", directory.join("host.db").display())).await?;
        store.migrate().await?;
        let keys = key_ring(directory)?;
        let bailee = Bailee::builder(store.clone(), keys)
            .base_url(base_url.parse()?)
            .profiles(Demo)
            .threads(Demo)
            .owners(Demo)
            .providers(upstream.providers()?)
            .build()?;
        bailee.verify().await?;
        let background = bailee.start();

        let app = Router::new()
            .merge(bailee::http::router(&bailee, FromExtension::<DemoUser>::new()))
            .merge(Web::new().widgets(bailee.widgets()).sign_in_url("/").router())
            .merge(demo::router(&bailee, &upstream))
            .merge(runs::router(&bailee))
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
            upstream,
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
        let (base_url, directory, upstream) =
            (self.base_url.clone(), self.directory.clone(), Arc::clone(&self.upstream));
        let port = url::Url::parse(&base_url)?.port().unwrap_or(80);
        self.stop().await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Self::start(listener, &base_url, &directory, upstream).await
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
