use std::{
    collections::BTreeMap,
    io::{self, Write as _},
    thread,
};

use bailee_core::{Clock as _, ExposeSecret as _, Owner};
use bailee_engine::{Bailee, Live, SystemClock, TokenError};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Lines of a parent that have not been heard yet, at most.
const UNHEARD: usize = 16;

/// What a parent tells a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// So many callers ask for the token of a user at once.
    Ask {
        /// The id of the user.
        user: String,
        /// How many.
        callers: u32,
    },
    /// Whatever stands still goes on.
    GoOn,
}

/// What a worker tells its parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// The callers that asked for the token of this user have been answered.
    Answered {
        /// Of [`Command::Ask`].
        user: String,
        /// What they were answered.
        answers: Answers,
    },
    /// It asked for a lease, and had an answer.
    Asked,
    /// All that was under way has ended, or not.
    Drained(bool),
    /// It was told to end, and drains.
    Draining,
    /// It has opened its store.
    Ready,
    /// Its refresh stands still at its step.
    Standing,
    /// It was told what happened, as a sink of events.
    Told(Box<bailee_core::Event>),
}

/// What several callers were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The tokens.
    pub tokens: Vec<String>,
    /// Failures by their kind; `needs_reconnect` goes on with the reason.
    pub failures: BTreeMap<String, u32>,
    /// How long the slowest had to wait.
    pub took_ms: u64,
}

impl Answers {
    fn add(&mut self, answer: Result<Live, TokenError>) {
        let failure = match answer {
            Ok(live) => return self.tokens.push(live.token().expose_secret().to_owned()),
            Err(TokenError::NeedsReconnect { reason, .. }) => format!("needs_reconnect: {}", reason.as_str()),
            Err(error) => format!("{:?}", error.kind()).to_lowercase(),
        };
        *self.failures.entry(failure).or_default() += 1;
    }
}

/// The lines of the parent. A thread reads them that nobody waits for at the end, as a read cannot be given up.
#[must_use]
pub fn input() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(UNHEARD);
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Tells the parent.
///
/// # Errors
/// When it does not listen any more.
pub fn say(event: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_string(event)?;
    line.push('\n');
    Ok(io::stdout().lock().write_all(line.as_bytes())?)
}

/// So many callers of one user at once.
///
/// # Errors
/// When the user id is none.
pub async fn ask(bailee: &Bailee, user: &str, callers: u32) -> anyhow::Result<Answers> {
    let (clock, owner) = (SystemClock::new(), Owner::user(user)?);
    let mut answers = Answers::default();
    for answer in join_all((0..callers).map(|_| bailee.token(&owner, "google"))).await {
        answers.add(answer);
    }
    answers.took_ms = u64::try_from(clock.monotonic().as_millis())?;
    Ok(answers)
}
