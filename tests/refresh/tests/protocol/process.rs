use std::{
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use refresh_tests::{Answers, Command, Event, Orders};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    time::timeout,
};

/// A worker says something within this, or never will.
const PATIENCE: Duration = Duration::from_mins(1);

/// A process of a host. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    /// What it said and nobody has asked for yet.
    heard: Vec<Event>,
    asked: u32,
}

impl Process {
    /// Starts one, and waits until it has opened its store.
    pub(crate) async fn start(orders: &Orders) -> anyhow::Result<Self> {
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_worker"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().context("its input")?;
        let output = BufReader::new(child.stdout.take().context("its output")?).lines();
        let mut process = Self { child, input, output, heard: Vec::new(), asked: 0 };
        process.write(&serde_json::to_string(orders)?).await?;
        process.hear(|event| matches!(event, Event::Ready).then_some(())).await?;
        Ok(process)
    }

    /// Lets so many callers ask for a token at once, and does not wait.
    pub(crate) async fn begin_ask(&mut self, user: &str, callers: u32) -> anyhow::Result<u32> {
        self.asked += 1;
        let ask = Command::Ask { number: self.asked, user: user.to_owned(), callers };
        self.write(&serde_json::to_string(&ask)?).await?;
        Ok(self.asked)
    }

    /// What the callers of that number were answered.
    pub(crate) async fn answers(&mut self, wanted: u32) -> anyhow::Result<Answers> {
        self.hear(|event| match event {
            Event::Answered { number, answers } if *number == wanted => Some(answers.clone()),
            _ => None,
        })
        .await
    }

    /// What so many callers are answered.
    pub(crate) async fn ask(&mut self, user: &str, callers: u32) -> anyhow::Result<Answers> {
        let number = self.begin_ask(user, callers).await?;
        self.answers(number).await
    }

    /// The token that one caller gets.
    pub(crate) async fn token(&mut self, user: &str) -> anyhow::Result<String> {
        let number = self.begin_ask(user, 1).await?;
        self.token_of(number).await
    }

    /// The token that the one caller of that number got.
    pub(crate) async fn token_of(&mut self, number: u32) -> anyhow::Result<String> {
        let mut answers = self.answers(number).await?;
        answers.tokens.pop().with_context(|| format!("no token: {:?}", answers.failures))
    }

    /// Waits until its refresh stands still.
    pub(crate) async fn until_standing(&mut self) -> anyhow::Result<()> {
        self.hear(|event| matches!(event, Event::Standing).then_some(())).await
    }

    /// Lets its refresh go on.
    pub(crate) async fn go_on(&mut self) -> anyhow::Result<()> {
        let command = serde_json::to_string(&Command::GoOn)?;
        self.write(&command).await
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

/// So many of the same.
pub(crate) async fn start_all(orders: &Orders, count: usize) -> anyhow::Result<Vec<Process>> {
    futures_util::future::try_join_all((0..count).map(|_| Process::start(orders))).await
}
