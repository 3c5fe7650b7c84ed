//! The whole journey of a connected account, and one account of every provider: `cargo run -p quickstart`.
//!
//! Without credentials it starts mocks of all providers on this machine, so that nothing leaves it. With
//! `GOOGLE_CLIENT_ID` and `GOOGLE_CLIENT_SECRET` it offers Google alone, the real one, and walks nowhere by itself; register
//! `http://localhost:8080/api/oauth/google/callback` there.
#![expect(clippy::print_stdout, reason = "an example that tells what it does")]

mod browser;
mod demo;
mod directory;
mod host;
mod runs;
mod sign_in;
mod steps;
mod tour;
mod upstream;
mod upstreams;
mod walk;

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;

use crate::{host::Host, upstream::Upstream};

const USAGE: &str = "usage: quickstart [--once] [--port PORT]

  --once        walk the journey and exit
  --port PORT   where the host listens (default 8080, any free port with --once)";

struct Options {
    once: bool,
    port: Option<u16>,
}

impl Options {
    /// `None`: the usage was asked for.
    fn parse(arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Self>> {
        let mut options = Self { once: false, port: None };
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--once" => options.once = true,
                "--port" => {
                    let port = arguments.next().context("--port needs a number")?;
                    options.port = Some(port.parse().context("--port needs a number up to 65535")?);
                }
                "--help" | "-h" => return Ok(None),
                other => bail!("unknown argument `{other}`\n\n{USAGE}"),
            }
        }
        Ok(Some(options))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Some(options) = Options::parse(std::env::args().skip(1))? else {
        println!("{USAGE}");
        return Ok(());
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();

    let listener = listen(options.port, options.once).await?;
    let base_url = format!("http://localhost:{}", listener.local_addr()?.port());
    let upstream = Arc::new(Upstream::choose(&base_url).await?);
    let directory = tempfile::tempdir()?;
    let host = Host::start(listener, &base_url, directory.path(), Arc::clone(&upstream)).await?;

    match upstream.as_ref() {
        Upstream::Mocks(mocks) => {
            let host = walk::journey(host, mocks).await?;
            if !options.once {
                walk::connect_again(&host, &mocks.google).await?;
                serve(&host, &base_url).await?;
            }
            host.stop().await;
        }
        Upstream::Google(_) if options.once => bail!(
            "--once walks by itself, and only a person can consent at the real Google: unset GOOGLE_CLIENT_ID"
        ),
        Upstream::Google(_) => {
            println!("Talking to the real Google as GOOGLE_CLIENT_ID says.");
            serve(&host, &base_url).await?;
            host.stop().await;
        }
    }
    Ok(())
}

async fn listen(port: Option<u16>, once: bool) -> anyhow::Result<TcpListener> {
    let wanted = port.unwrap_or(if once { 0 } else { 8080 });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await;
    listener.with_context(|| format!("port {wanted} is taken: choose another with --port"))
}

async fn serve(host: &Host, base_url: &str) -> anyhow::Result<()> {
    println!();
    println!("Your turn: open {base_url}/ in a browser. Or ask the API as the demo user:");
    println!("  curl -H 'Authorization: Bearer {}' {base_url}/v1/integrations", sign_in::DEMO_TOKEN);
    println!("  curl {base_url}/openapi.json");
    println!("Or let an agent come to {base_url}/mcp:");
    println!("  cargo run -p mcp-agent -- {base_url}");
    println!("Ctrl-C ends it; the database goes with it.");
    host.until_interrupted().await
}
