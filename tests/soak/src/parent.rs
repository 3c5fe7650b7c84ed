//! What the parent does.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use bailee_core::{Clock as _, Entropy as _, ExposeSecret as _, Owner};
use bailee_engine::{Bailee, SystemClock};
use bailee_testkit::{
    MockGoogle, SeededEntropy, connected_by,
    mock_google::Rotation as Replaced,
    mock_provider::{Endpoint, Fault},
};
use bailee_vault::{KeyRing, RingEntropy};
use futures_util::future::join_all;
use process_tests::{Pace, Replay, Stand};
use test_support::TestDatabase;
use tokio::sync::mpsc::UnboundedReceiver;
use url::Url;

use crate::{
    Event, Orders, Report, Ring, Tally,
    rotation::Rotation,
    workers::{Said, Workers},
};

/// How long an access token lives, in seconds: refreshes never end.
const LIFETIME: i64 = 10;

/// Until then the memory of a process may grow.
const WARM_UP: Duration = Duration::from_secs(20);

/// How long the parent looks for tokens of all when the kills are over.
const HEALING: Duration = Duration::from_mins(1);

/// What to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The binary of a worker.
    pub worker: PathBuf,
    /// How many processes.
    pub processes: usize,
    /// How many accounts.
    pub users: u32,
    /// For how long.
    pub duration: Duration,
    /// How long each step of a rotation is left to stand.
    pub pause: Duration,
    /// Nobody is killed and no answer is lost: then no account may be lost either.
    pub calm: bool,
    /// What a second use of a refresh token does at the provider.
    pub replay: Replay,
    /// Where chance begins.
    pub seed: u64,
}

/// Minutes on this database.
///
/// # Errors
/// When something cannot be begun; what went wrong meanwhile is in the report.
pub async fn soak(database: &TestDatabase, plan: &Plan) -> anyhow::Result<Report> {
    let (mut parent, mut said) = Parent::start(database, plan).await?;
    while parent.clock.monotonic() < plan.duration {
        parent.turn(&mut said).await?;
        parent.clock.sleep(Duration::from_millis(100)).await;
    }
    parent.end(&mut said).await
}

struct Parent {
    clock: SystemClock,
    chance: SeededEntropy,
    mock: MockGoogle,
    bailee: Bailee,
    users: u32,
    calm: bool,
    workers: Workers,
    rotation: Rotation,
    next_kill: Duration,
    next_fault: Duration,
    report: Report,
}

impl Parent {
    async fn start(database: &TestDatabase, plan: &Plan) -> anyhow::Result<(Self, UnboundedReceiver<Said>)> {
        let replaced = match plan.replay {
            Replay::Static => Replaced::Off,
            Replay::Grace => Replaced::Grace(60),
            Replay::Strict => Replaced::Strict,
        };
        // Each has an account of its own: at a strict provider one reused token ends the grant of an account.
        let mut mock = MockGoogle::builder().rotation(replaced);
        for user in 0..plan.users {
            mock = mock.with_account(&format!("u{user}"), &format!("u{user}@example.com"));
        }
        let mock = mock.start().await?;
        mock.set_expires_in(LIFETIME);
        let (keys, text) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let ring = Ring::new(keys);
        let host = process_tests::Orders {
            database: database.url().to_owned(),
            pool: 6,
            provider: mock.url().clone(),
            replay: plan.replay,
            pace: Pace::Short,
            stand: None,
            background: true,
            telling: None,
        };
        database.store().await?;
        let bailee = host.host(ring.clone(), Stand::nowhere()).await?;
        for user in 0..plan.users {
            connect(&bailee, &mock, user).await?;
        }
        mock.clear_requests();
        let orders = Orders { host, users: plan.users, callers: 4 };
        let binary = plan.worker.clone();
        let keys = text.expose_secret().to_owned();
        let (workers, said) = Workers::start(binary, &orders, keys, plan.processes).await?;
        let parent = Self {
            clock: SystemClock::new(),
            chance: SeededEntropy::new(plan.seed),
            mock,
            bailee,
            users: plan.users,
            calm: plan.calm,
            workers,
            rotation: Rotation::new(ring, text, plan.pause),
            next_kill: Duration::from_secs(2),
            next_fault: Duration::from_secs(1),
            report: Report { calm: plan.calm, ..Report::default() },
        };
        Ok((parent, said))
    }

    async fn turn(&mut self, said: &mut UnboundedReceiver<Said>) -> anyhow::Result<()> {
        let now = self.clock.monotonic();
        self.hear(said, now).await?;
        self.watch();
        if !self.calm && now >= self.next_kill {
            self.next_kill = now + Duration::from_millis(500 + u64::from(self.random()?) * 10);
            // The first one lives, for its memory.
            let number = 1 + usize::from(self.random()?) % (self.workers.len() - 1);
            self.workers.kill(number).await?;
            self.rotation.acknowledge(number);
            self.report.kills += 1;
        }
        if now >= self.next_fault {
            self.next_fault = now + Duration::from_millis(1_000 + u64::from(self.random()?) * 10);
            self.plant()?;
        }
        self.rotation.turn(now, &self.bailee, &mut self.workers).await
    }

    /// Takes in what the workers said, and connects again what they lost.
    async fn hear(&mut self, said: &mut UnboundedReceiver<Said>, now: Duration) -> anyhow::Result<()> {
        let mut lost = BTreeSet::new();
        while let Ok((number, event)) = said.try_recv() {
            match event {
                Event::Keyed => self.rotation.acknowledge(number),
                Event::Lost { user, reason } => {
                    lost.insert((user, reason));
                }
                Event::Rewrapped(done) => self.rotation.rewrapped(done.is_some()),
                Event::Tallied(tally) => {
                    if number == 0 {
                        self.remember(&tally, now);
                    }
                    self.report.tally.add(&tally);
                }
            }
        }
        for (user, reason) in lost {
            // Several may have told of the same loss, also after it was mended.
            if self.bailee.token(&Owner::user(format!("u{user}"))?, "google").await.is_ok() {
                continue;
            }
            *self.report.lost.entry(reason).or_default() += 1;
            // A provider that fails just now is asked again at the next word of it.
            let _ = connect(&self.bailee, &self.mock, user).await;
        }
        Ok(())
    }

    fn remember(&mut self, tally: &Tally, now: Duration) {
        let (before, after) = &mut self.report.rss_kib;
        if now < WARM_UP {
            *before = (*before).max(tally.rss_kib);
        }
        *after = (*after).max(tally.rss_kib);
    }

    fn watch(&mut self) {
        let most = self.mock.max_in_flight_of_one_token();
        self.report.in_flight_of_one_token = self.report.in_flight_of_one_token.max(most);
        self.report.refreshes += self.mock.count("/token", Some("refresh_token")) as u64;
        self.mock.clear_requests();
    }

    fn plant(&mut self) -> anyhow::Result<()> {
        // The last two lose answers.
        let fault = match self.random()? % if self.calm { 6 } else { 8 } {
            0 => Fault::Unavailable { retry_after: None },
            1 => Fault::Unavailable { retry_after: Some(1) },
            2 => Fault::TooManyRequests { retry_after: Some(1) },
            3 => Fault::Delay(Duration::from_secs(1)),
            4 => Fault::DropBeforeProcessing,
            5 => Fault::Html,
            6 => Fault::SlowBytes(Duration::from_millis(50)),
            _ => Fault::DropAfterProcessing,
        };
        // An answer of slow bytes is not there when its caller gives up.
        let lost = matches!(fault, Fault::DropAfterProcessing | Fault::SlowBytes(_));
        let times = 1 + usize::from(self.random()? % if lost { 2 } else { 8 });
        self.mock.fault(Endpoint::Token, fault).on_grant("refresh_token").times(times);
        self.report.faults += times as u64;
        self.report.lost_answers += if lost { times as u64 } else { 0 };
        Ok(())
    }

    /// Nothing fails any more, and everybody has a live token.
    async fn end(mut self, said: &mut UnboundedReceiver<Said>) -> anyhow::Result<Report> {
        self.mock.heal();
        let until = self.clock.monotonic() + HEALING;
        let mut dead: Vec<u32> = (0..self.users).collect();
        while !dead.is_empty() && self.clock.monotonic() < until {
            self.hear(said, self.clock.monotonic()).await?;
            self.watch();
            let live = join_all(dead.iter().map(|user| self.has_a_live_token(*user))).await;
            dead = dead.into_iter().zip(live).filter(|(_, live)| !live).map(|(user, _)| user).collect();
            self.clock.sleep(Duration::from_millis(200)).await;
        }
        self.report.dead = dead.len() as u64;
        self.report.rotations = self.rotation.done;
        Ok(self.report)
    }

    async fn has_a_live_token(&self, user: u32) -> bool {
        let Ok(owner) = Owner::user(format!("u{user}")) else { return false };
        let live = self.bailee.token(&owner, "google").await;
        live.is_ok_and(|live| self.mock.is_live(live.token().expose_secret()))
    }

    fn random(&self) -> anyhow::Result<u8> {
        let mut byte = [0];
        self.chance.fill(&mut byte)?;
        byte.first().copied().context("a byte")
    }
}

async fn connect(bailee: &Bailee, mock: &MockGoogle, user: u32) -> anyhow::Result<()> {
    let (name, owner) = (format!("u{user}"), Owner::user(format!("u{user}"))?);
    let consent = |page: &Url| Ok(mock.consent(page).account(&name).allow()?);
    let connected = connected_by(bailee, &owner, "google", consent).await;
    connected.map(drop).map_err(anyhow::Error::from_boxed)
}
