//! A process of a host: orders come as the first line of its input, commands as the next ones; what happens goes out.

use std::{
    io::{self, Write as _},
    thread,
    time::Duration,
};

use anyhow::Context as _;
use bailee_engine::Bailee;
use refresh_tests::{Command, Event, Orders, Stand, ask};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

/// Longer than any refresh takes.
const DRAIN: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut lines = input();
    let orders: Orders = serde_json::from_str(&lines.recv().await.context("no orders")?)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let (stand, mut halt) = Stand::new(orders.stand);
    let bailee = orders.host(stand).await?;
    let mut background = orders.background.then(|| bailee.start());
    say(&Event::Ready)?;
    let mut stands = false;
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
            _ = terminated.recv() => {
                say(&Event::Draining)?;
                let drained = match background.take() {
                    Some(background) => background.shutdown(DRAIN).await,
                    None => false,
                };
                return say(&Event::Drained(drained));
            }
        }
    }
}

fn obey(bailee: &Bailee, command: Command, go_on: impl FnOnce()) {
    match command {
        Command::Ask { number, user, callers } => {
            let bailee = bailee.clone();
            tokio::spawn(async move {
                let answers = ask(&bailee, &user, callers).await?;
                say(&Event::Answered { number, answers })
            });
        }
        Command::GoOn => go_on(),
    }
}

/// Read by a thread that nobody waits for at the end, as a read cannot be given up.
fn input() -> mpsc::UnboundedReceiver<String> {
    let (sender, lines) = mpsc::unbounded_channel();
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

fn say(event: &Event) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    Ok(io::stdout().lock().write_all(line.as_bytes())?)
}
