//! The host in memory on a port of this machine, for `schemathesis.sh`. Prints its address and the ids of what ada has as
//! variables and an empty line, and ends with its input.

use std::io::Write as _;

use http_tests::Host;
use tokio::{io::AsyncReadExt as _, net::TcpListener};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}", listener.local_addr()?);
    let host = Host::without_limits_at(&base)?;
    let things = host.things_of_ada().await?;
    let mut out = std::io::stdout();
    for (name, value) in [("BASE", base.as_str())].into_iter().chain(things.named()) {
        writeln!(out, "{name}={value}")?;
    }
    writeln!(out)?;
    let ended = async {
        let mut nothing = Vec::new();
        let _ = tokio::io::stdin().read_to_end(&mut nothing).await;
    };
    tokio::select! {
        () = ended => Ok(()),
        served = axum::serve(listener, host.app) => Ok(served?),
    }
}
