//! A process of a host: orders come as the first line of its input, commands as the next ones; what happens goes out.

use std::time::Duration;

use anyhow::Context as _;
use bailee_engine::Bailee;
use bailee_vault::KeyRing;
use process_tests::{Command, Event, KEYS, Orders, Stand, ask, input, say};
use tokio::signal::unix::{SignalKind, signal};

/// Longer than any refresh takes.
const DRAIN: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut lines = input();
    let orders: Orders = serde_json::from_str(&lines.recv().await.context("no orders")?)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let (stand, halt) = Stand::new(orders.stand);
    let bailee = orders.host(KeyRing::from_env(KEYS)?, stand).await?;
    let background = orders.background.then(|| bailee.start());
    say(&Event::Ready)?;
    let (mut stands, mut asked) = (false, false);
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => obey(&bailee, serde_json::from_str(&line)?, || halt.release()),
                // The parent is gone.
                None => return Ok(()),
            },
            () = halt.until_reached(), if !stands => {
                stands = true;
                say(&Event::Standing)?;
            }
            () = halt.until_asked(), if !asked => {
                asked = true;
                say(&Event::Asked)?;
            }
            _ = terminated.recv() => break,
        }
    }
    say(&Event::Draining)?;
    let drained = match background {
        Some(background) => background.shutdown(DRAIN).await,
        None => false,
    };
    say(&Event::Drained(drained))
}

fn obey(bailee: &Bailee, command: Command, go_on: impl FnOnce()) {
    match command {
        Command::Ask { user, callers } => {
            let bailee = bailee.clone();
            tokio::spawn(async move {
                let answers = ask(&bailee, &user, callers).await?;
                say(&Event::Answered { user, answers })
            });
        }
        Command::GoOn => go_on(),
    }
}
