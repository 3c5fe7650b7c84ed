use std::{collections::BTreeMap, time::Duration};

use bailee_core::{ClientId, ClientRegistration, Clock as _, ExposeSecret as _, Owner, Rotation};
use bailee_engine::{Bailee, Live, SystemClock, Timings, TokenError};
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_storage::{SqlOptions, SqlStore};
use bailee_testkit::mock_google::{CLIENT_ID, CLIENT_SECRET};
use bailee_vault::KeyRing;
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::{Rotating, Skewed, Stand, StandingStore, Step};

/// What a host of one process is to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Orders {
    /// Its database, migrated.
    pub database: String,
    /// How many connections to it.
    pub pool: u32,
    /// How long it waits for one of them.
    pub acquire_seconds: u64,
    /// Its key ring.
    pub keys: String,
    /// The mock that it talks to.
    pub provider: Url,
    /// What a second use of a refresh token does there, as the adapter knows.
    pub replay: Replay,
    /// How much time things have.
    pub pace: Pace,
    /// Where its first refresh stands still.
    pub stand: Option<Step>,
    /// How far ahead its wall clock is.
    pub clock_ahead_minutes: i64,
    /// Whether it runs the background worker.
    pub background: bool,
}

/// What a second use of a refresh token does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Replay {
    /// It is taken: the token never changes.
    Static,
    /// It is taken for a minute.
    Grace,
    /// It ends the grant.
    Strict,
}

/// How much time things have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pace {
    /// The defaults of the protocol.
    Default,
    /// A lease of five seconds, for a holder that will not come back.
    Short,
    /// A lease that is short too, and a long time to settle before a grant is declared dead.
    Settling,
}

impl Pace {
    /// The timings of the engine.
    #[must_use]
    pub fn timings(self) -> Timings {
        let short = Timings::default()
            .with_request(Duration::from_secs(2))
            .with_persist(Duration::from_secs(1))
            .with_lease(Duration::from_secs(5))
            .with_wait(Duration::from_secs(20))
            .with_settle(Duration::from_millis(300))
            .with_replay(Duration::from_millis(100))
            .with_backoff(Duration::from_millis(100));
        match self {
            Self::Default => Timings::default(),
            Self::Short => short,
            Self::Settling => short.with_persist(Duration::from_secs(4)).with_lease(Duration::from_secs(8)),
        }
    }
}

/// What a parent tells a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// So many callers ask for the owner's token at once.
    Ask {
        /// Names the answer.
        number: u32,
        /// The id of a user.
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
    /// The callers of this number have been answered.
    Answered {
        /// Of [`Command::Ask`].
        number: u32,
        /// What they were answered.
        answers: Answers,
    },
    /// It was told to end, and drains.
    Draining,
    /// All that was under way has ended, or not.
    Drained(bool),
    /// It has opened its store.
    Ready,
    /// Its refresh stands still at its step.
    Standing,
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
            Err(TokenError::Store(error)) => format!("store: {error}"),
            Err(error) => format!("{:?}", error.kind()).to_lowercase(),
        };
        *self.failures.entry(failure).or_default() += 1;
    }
}

impl Orders {
    /// A host that follows them.
    ///
    /// # Errors
    /// When the store cannot be opened or a part refuses its settings.
    pub async fn host(&self, stand: Stand) -> anyhow::Result<Bailee> {
        let options = SqlOptions::default()
            .with_max_connections(self.pool)
            .with_acquire_timeout(Duration::from_secs(self.acquire_seconds));
        let store = SqlStore::open_with(&self.database, options).await?;
        let registration =
            ClientRegistration::new(ClientId::new(CLIENT_ID)?, CLIENT_SECRET.to_owned().into());
        let google = Google::new(registration)?
            .with_endpoints(GoogleEndpoints::at(&self.provider)?)
            .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
        let rotation = match self.replay {
            Replay::Static => Rotation::Static,
            Replay::Grace => Rotation::Grace(Duration::from_mins(1)),
            Replay::Strict => Rotation::Strict,
        };
        Ok(Bailee::builder(StandingStore::new(store, stand.clone()), KeyRing::parse(&self.keys)?)
            .base_url("https://backend.example".parse()?)
            .provider(Rotating::new(google, rotation, stand))
            .clock(Skewed::by(TimeDelta::minutes(self.clock_ahead_minutes)))
            .timings(self.pace.timings())
            .build()?)
    }
}

/// So many callers of one owner at once.
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
