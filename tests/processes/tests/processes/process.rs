use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use process_tests::{Answers, Command, Event, KEYS};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    time::timeout,
};

use crate::rig::{PATIENCE, Rig};

/// A process of a host. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// What it said and nobody has asked for yet.
    heard: Vec<Event>,
}

impl Process {
    /// Starts one on the database of the rig, and waits until it has opened its store.
    pub(crate) async fn start(rig: &Rig) -> anyhow::Result<Self> {
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_refresh-worker"))
            .env(KEYS, &rig.keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?).lines();
        let mut process = Self { child, input, output, heard: Vec::new() };
        process.write(&serde_json::to_string(&rig.orders)?).await?;
        process.hear(|event| matches!(event, Event::Ready).then_some(())).await?;
        Ok(process)
    }

    /// Lets so many callers ask for the token of a user at once, and does not wait.
    pub(crate) async fn begin_ask(&mut self, user: &str, callers: u32) -> anyhow::Result<()> {
        let ask = Command::Ask { user: user.to_owned(), callers };
        self.write(&serde_json::to_string(&ask)?).await
    }

    /// What the callers of that user were answered.
    pub(crate) async fn answers(&mut self, wanted: &str) -> anyhow::Result<Answers> {
        self.hear(|event| match event {
            Event::Answered { user, answers } if user == wanted => Some(answers.clone()),
            _ => None,
        })
        .await
    }

    /// What so many callers are answered.
    pub(crate) async fn ask(&mut self, user: &str, callers: u32) -> anyhow::Result<Answers> {
        self.begin_ask(user, callers).await?;
        self.answers(user).await
    }

    /// Waits until its refresh stands still.
    pub(crate) async fn until_standing(&mut self) -> anyhow::Result<()> {
        self.hear(|event| matches!(event, Event::Standing).then_some(())).await
    }

    /// Waits until it has asked for a lease, with whatever answer.
    pub(crate) async fn until_asked(&mut self) -> anyhow::Result<()> {
        self.hear(|event| matches!(event, Event::Asked).then_some(())).await
    }

    /// Lets its refresh go on.
    pub(crate) async fn go_on(&mut self) -> anyhow::Result<()> {
        self.write(&serde_json::to_string(&Command::GoOn)?).await
    }

    /// What it was told as a sink of events.
    pub(crate) async fn told(&mut self) -> anyhow::Result<bailee_core::Event> {
        self.hear(|event| match event {
            Event::Told(event) => Some(event.as_ref().clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// `STOP`, `CONT` or `TERM`.
    pub(crate) async fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.child.id().context("it has ended")?.to_string();
        let status = tokio::process::Command::new("kill").args([format!("-{name}"), id]).status().await?;
        ensure!(status.success(), "kill -{name}: {status}");
        Ok(())
    }

    /// Tells it to end, and returns when it has begun to.
    pub(crate) async fn terminate(&mut self) -> anyhow::Result<()> {
        self.signal("TERM").await?;
        self.hear(|event| matches!(event, Event::Draining).then_some(())).await
    }

    /// Whether it goes on for so long.
    pub(crate) async fn lives_for(&mut self, duration: Duration) -> bool {
        timeout(duration, self.child.wait()).await.is_err()
    }

    /// Waits for its end: whether it drained, and its status.
    pub(crate) async fn end(&mut self) -> anyhow::Result<(bool, ExitStatus)> {
        let drained = self
            .hear(|event| match event {
                Event::Drained(drained) => Some(*drained),
                _ => None,
            })
            .await?;
        Ok((drained, timeout(PATIENCE, self.child.wait()).await??))
    }

    async fn write(&mut self, line: &str) -> anyhow::Result<()> {
        self.input.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.input.flush().await?)
    }

    /// The first event that is wanted; others are kept.
    async fn hear<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> anyhow::Result<T> {
        if let Some(place) = self.heard.iter().position(|event| wanted(event).is_some()) {
            let event = self.heard.remove(place);
            return wanted(&event).context("it was wanted a moment ago");
        }
        loop {
            let line = timeout(PATIENCE, self.output.next_line()).await.context("it says nothing")??;
            let Some(line) = line else { bail!("it has ended, and said before: {:?}", self.heard) };
            let event: Event = serde_json::from_str(&line)?;
            match wanted(&event) {
                Some(found) => return Ok(found),
                None => self.heard.push(event),
            }
        }
    }
}
