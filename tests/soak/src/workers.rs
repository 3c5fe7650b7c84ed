use std::{path::PathBuf, process::Stdio};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin},
    sync::mpsc,
};

use crate::{Command, Event, KEYS, Orders};

/// What a worker of this number said.
pub(crate) type Said = (usize, Event);

/// The processes. Dropping them kills them.
pub(crate) struct Workers {
    binary: PathBuf,
    orders: String,
    keys: String,
    running: Vec<Worker>,
    sender: mpsc::UnboundedSender<Said>,
}

struct Worker {
    child: Child,
    input: ChildStdin,
}

impl Workers {
    /// So many of them, and what they say.
    pub(crate) async fn start(
        binary: PathBuf,
        orders: &Orders,
        keys: String,
        count: usize,
    ) -> anyhow::Result<(Self, mpsc::UnboundedReceiver<Said>)> {
        let (sender, said) = mpsc::unbounded_channel();
        let orders = serde_json::to_string(orders)?;
        let mut workers = Self { binary, orders, keys, running: Vec::new(), sender };
        for number in 0..count {
            let worker = workers.spawn(number).await?;
            workers.running.push(worker);
        }
        Ok((workers, said))
    }

    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }

    /// Kills one, and starts another in its place.
    pub(crate) async fn kill(&mut self, number: usize) -> anyhow::Result<()> {
        let worker = self.running.get_mut(number).context("no such worker")?;
        worker.child.kill().await?;
        let fresh = self.spawn(number).await?;
        if let Some(worker) = self.running.get_mut(number) {
            *worker = fresh;
        }
        Ok(())
    }

    /// Gives all of them another ring, and those that begin later.
    pub(crate) async fn give_keys(&mut self, keys: &str) -> anyhow::Result<()> {
        keys.clone_into(&mut self.keys);
        for number in 0..self.running.len() {
            self.tell(number, &Command::Keys(keys.to_owned())).await?;
        }
        Ok(())
    }

    pub(crate) async fn tell(&mut self, number: usize, command: &Command) -> anyhow::Result<()> {
        let line = serde_json::to_string(command)? + "\n";
        let worker = self.running.get_mut(number).context("no such worker")?;
        worker.input.write_all(line.as_bytes()).await?;
        Ok(worker.input.flush().await?)
    }

    async fn spawn(&self, number: usize) -> anyhow::Result<Worker> {
        let mut child = tokio::process::Command::new(&self.binary)
            .env(KEYS, &self.keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", self.binary.display()))?;
        let mut input = child.stdin.take().context("its input")?;
        let mut output = BufReader::new(child.stdout.take().context("its output")?).lines();
        let sender = self.sender.clone();
        tokio::spawn(async move {
            // A line that a kill cut off is no event.
            while let Ok(Some(line)) = output.next_line().await {
                let Ok(event) = serde_json::from_str(&line) else { continue };
                if sender.send((number, event)).is_err() {
                    return;
                }
            }
        });
        input.write_all(format!("{}\n", self.orders).as_bytes()).await?;
        input.flush().await?;
        Ok(Worker { child, input })
    }
}
