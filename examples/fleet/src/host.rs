//! One process of the host: orders come as the first line of its input, commands as the next ones; what happens goes out.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use anyhow::{Context as _, Result};
use bailee::{Bailee, KeyRing, Limits, SqlStore, storage::SqlOptions};
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

use crate::{
    callers::{self, Callers},
    provider,
    words::{Command, Event, Orders, Tally},
};

/// Longer than any refresh takes.
const DRAIN: Duration = Duration::from_mins(1);

/// Does what the parent says, until it says no more.
pub(crate) async fn run() -> Result<()> {
    // No read is under way when this returns, which the runtime would wait for.
    let mut lines = BufReader::new(stdin()).lines();
    let orders: Orders = serde_json::from_str(&lines.next_line().await?.context("no orders")?)?;
    let bailee = host(&orders).await?;
    let background = orders.ahead_per_second.map(|_| bailee.start());
    say(&Event::Ready)?;
    let mut calling = Callers::default();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str(&line)? {
            Command::Ask { user, callers } => {
                say(&Event::Answered(callers::at_once(&bailee, user, callers).await?))?;
            }
            Command::Call { users, callers } => calling.begin(&bailee, users, callers),
            Command::Stop => {
                let tally: Tally = calling.end().await?;
                if let Some(background) = background {
                    background.shutdown(DRAIN).await;
                }
                return say(&Event::Ended(tally));
            }
        }
    }
    // The parent is gone.
    Ok(())
}

/// A host as any other. All of its timings are the defaults.
pub(crate) async fn host(orders: &Orders) -> Result<Bailee> {
    let options = SqlOptions::default().with_max_connections(orders.connections);
    let store = SqlStore::open_with(&orders.database, options).await?;
    let mut builder = Bailee::builder(store, KeyRing::parse(&orders.keys)?)
        .base_url("https://backend.example".parse()?)
        .provider(provider::at(&orders.provider)?);
    if let Some(refreshes_ahead_per_second) = orders.ahead_per_second {
        builder = builder.limits(Limits { refreshes_ahead_per_second, ..Limits::default() });
    }
    Ok(builder.build()?)
}

fn say(event: &Event) -> Result<()> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    let mut output = io::stdout().lock();
    output.write_all(line.as_bytes())?;
    Ok(output.flush()?)
}
