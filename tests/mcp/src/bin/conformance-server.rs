//! Our router with what the conformance suite wants around it, on a port of this machine, for `conformance.sh`. Prints its
//! address, and ends with its input.

use std::{io::Write as _, sync::Arc};

use async_trait::async_trait;
use bailee_core::Owner;
use bailee_engine::{Bailee, Builder};
use bailee_mcp::{Identify, IdentifyError, Identity, Mcp};
use bailee_testkit::{MemoryStore, MockClock, MockGoogle, connected};
use http::request::Parts;
use mcp_tests::{
    caller,
    conformance::{Fixture, Switch, host_tools},
    engine,
};
use rmcp::model::RequestStateCodec;
use tokio::{io::AsyncReadExt as _, net::TcpListener};

/// The suite has no credential: everybody is ada's agent.
#[derive(Clone, Copy, Debug)]
struct Anybody;

#[async_trait]
impl Identify for Anybody {
    async fn identify(&self, _: &Bailee, _: &Parts) -> Result<Identity, IdentifyError> {
        caller("ada_1").map(Identity::new).map_err(|_| IdentifyError::Unavailable)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let mock = MockGoogle::start().await?;
    let clock = MockClock::new();
    let store = MemoryStore::new(Arc::new(clock.clone()));
    let switch = Switch::default();
    let builder = engine(&base.parse()?, &store, clock, &mock)?;
    let bailee = host_tools(&switch)?.into_iter().fold(builder, Builder::tool).build()?;
    let row = connected(&bailee, &mock, &Owner::user("ada")?, "google").await;
    switch.control(&bailee, row.map_err(anyhow::Error::from_boxed)?);
    let codec = Arc::new(RequestStateCodec::try_new(*b"a key of 32 bytes for tests only")?);
    let around = move |ours| Fixture::new(ours, &codec);
    let app = Mcp::new(&bailee, Anybody).router_with("/mcp", around);
    writeln!(std::io::stdout(), "{base}/mcp")?;
    let ended = async {
        let mut nothing = Vec::new();
        let _ = tokio::io::stdin().read_to_end(&mut nothing).await;
    };
    tokio::select! {
        () = ended => Ok(()),
        served = axum::serve(listener, app) => Ok(served?),
    }
}
