//! Processes that serve and have nothing to do.

use std::fs;

use anyhow::Context as _;
use axum::{Router, routing::get};
use bailee_engine::Bailee;
use benches::Hand;
use tokio::net::TcpListener;

use crate::{
    child::{KEYS, host, say},
    mcp::PATH,
    named::Named,
};

/// A server without us: an axum router and a pool.
#[expect(clippy::disallowed_methods, reason = "how it is told of its key")]
pub(crate) async fn bare(url: &str) -> anyhow::Result<()> {
    let hand = Hand::connect(url, &std::env::var(KEYS)?).await?;
    let app = Router::new().route("/health", get(|| async { "well" }));
    let server = serve(app).await?;
    say_both()?;
    server.abort();
    drop(hand);
    Ok(())
}

/// A host with every face, and the work in the background.
pub(crate) async fn facade(url: &str) -> anyhow::Result<()> {
    let bailee = host(url).await?;
    let background = bailee.start();
    let server = serve(app(&bailee)).await?;
    bailee.health().await;
    say_both()?;
    server.abort();
    background.shutdown(std::time::Duration::from_secs(1)).await;
    Ok(())
}

/// The routes for browsers and those for agents.
pub(crate) fn app(bailee: &Bailee) -> Router {
    Router::new().merge(bailee_http::router(bailee, Named)).merge(bailee_mcp::router(PATH, bailee, Named))
}

async fn serve(app: Router) -> anyhow::Result<tokio::task::JoinHandle<()>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    Ok(tokio::spawn(async move {
        // It serves until the process ends.
        let _ = axum::serve(listener, app).await;
    }))
}

/// All that is in memory of this process, and what of it is its own.
fn say_both() -> anyhow::Result<()> {
    say(resident("VmRSS")?)?;
    say(own_bytes()?)
}

/// What this process has in memory that is not a page of a file: heap and stacks.
pub(crate) fn own_bytes() -> anyhow::Result<f64> {
    resident("RssAnon")
}

#[expect(clippy::cast_precision_loss, reason = "bytes of memory have room in 53 bits")]
fn resident(kind: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(kind)?.strip_prefix(':'));
    let kib: u64 = line.context("no such line")?.trim().trim_end_matches(" kB").parse()?;
    Ok((kib * 1024) as f64)
}
