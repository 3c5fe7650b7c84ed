use std::{process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    time::timeout,
};

use crate::words::{Answers, Command, Event, Orders, Tally};

/// What has not happened within this never will.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often a process is let open its connections.
const WARMING: u32 = 10;

/// One process of the host, as its parent sees it. Dropping it kills it.
pub(crate) struct Process {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// This program once more, as a host, when it is at work.
    pub(crate) async fn start(orders: &Orders) -> Result<Self> {
        let mut child = tokio::process::Command::new(std::env::current_exe()?)
            .arg("host")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?).lines();
        let mut process = Self { _child: child, input, output };
        process.write(&serde_json::to_string(orders)?).await?;
        match process.hear().await? {
            Event::Ready => Ok(process),
            _ => bail!("a host process does not say that it is at work"),
        }
    }

    /// Opens so many connections, as a host has that was at work before. In a build without optimizations each costs a
    /// second or more, and callers who wait too long for one are told so.
    pub(crate) async fn warm(&mut self, connections: u32) -> Result<()> {
        for _ in 0..WARMING {
            self.tell(&Command::Ask { user: 0, callers: connections }).await?;
            if self.answers().await?.failures.is_empty() {
                return Ok(());
            }
        }
        bail!("the database does not take {connections} connections of each process")
    }

    /// Tells it something, and does not wait.
    pub(crate) async fn tell(&mut self, command: &Command) -> Result<()> {
        self.write(&serde_json::to_string(command)?).await
    }

    /// What its callers were answered.
    pub(crate) async fn answers(&mut self) -> Result<Answers> {
        match self.hear().await? {
            Event::Answered(answers) => Ok(answers),
            _ => bail!("a host process answers something else"),
        }
    }

    /// Ends it, and returns what became of its callers.
    pub(crate) async fn stop(mut self) -> Result<Tally> {
        self.tell(&Command::Stop).await?;
        match self.hear().await? {
            Event::Ended(tally) => Ok(tally),
            _ => bail!("a host process answers something else"),
        }
    }

    async fn write(&mut self, line: &str) -> Result<()> {
        self.input.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.input.flush().await?)
    }

    async fn hear(&mut self) -> Result<Event> {
        let line =
            timeout(PATIENCE, self.output.next_line()).await.context("a host process says nothing")??;
        Ok(serde_json::from_str(&line.context("a host process has ended")?)?)
    }
}
