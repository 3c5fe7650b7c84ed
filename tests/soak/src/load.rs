//! What a worker does.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use bailee_core::{Clock as _, Entropy as _, Owner, Status};
use bailee_engine::{Bailee, SystemClock, SystemEntropy, TokenError};
use bailee_vault::KeyRing;
use process_tests::{Stand, input, say};

use crate::{Command, Event, KEYS, Orders, Ring, Tally};

/// How long a caller thinks between two calls.
const THINKING: Duration = Duration::from_millis(15);

/// How often the parent is told.
const TELLING: Duration = Duration::from_millis(500);

/// One of so many calls asks the provider whether the account works.
const VALIDATES: u8 = 16;

/// Calls until the parent goes away: orders come as the first line of the input, commands as the next ones.
///
/// # Errors
/// When it cannot begin, or a command is none.
pub async fn load() -> anyhow::Result<()> {
    let mut lines = input();
    let orders: Orders = serde_json::from_str(&lines.recv().await.context("no orders")?)?;
    let ring = Ring::new(KeyRing::from_env(KEYS)?);
    let bailee = orders.host.host(ring.clone(), Stand::nowhere()).await?;
    let _background = bailee.start();
    let tally = Arc::new(Mutex::new(Tally::default()));
    for _ in 0..orders.callers {
        tokio::spawn(call_on(bailee.clone(), orders.users, Arc::clone(&tally)));
    }
    let clock = SystemClock::new();
    loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(line) => obey(&bailee, &ring, serde_json::from_str(&line)?)?,
                None => return Ok(()),
            },
            () = clock.sleep(TELLING) => {
                let mut told = mem::take(&mut *lock(&tally));
                told.rss_kib = rss_kib()?;
                say(&Event::Tallied(told))?;
            }
        }
    }
}

fn obey(bailee: &Bailee, ring: &Ring, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Keys(keys) => {
            ring.replace(KeyRing::parse(&keys)?);
            say(&Event::Keyed)?;
        }
        Command::Rewrap => {
            let bailee = bailee.clone();
            tokio::spawn(async move {
                say(&Event::Rewrapped(bailee.rewrap().await.ok().map(|done| done.rewrapped)))
            });
        }
    }
    Ok(())
}

async fn call_on(bailee: Bailee, users: u32, tally: Arc<Mutex<Tally>>) -> anyhow::Result<()> {
    let clock = SystemClock::new();
    loop {
        let mut random = [0; 5];
        SystemEntropy.fill(&mut random)?;
        let [validate, number @ ..] = random;
        let user = u32::from_be_bytes(number) % users;
        let owner = Owner::user(format!("u{user}"))?;
        let failure = if validate % VALIDATES == 0 {
            match bailee.validate(&owner, "google").await {
                Ok(validated) if validated.integration.status == Status::Valid => None,
                // An account that was lost is Invalid until the parent has connected it again.
                Ok(validated) => Some(format!("validate: {:?}", validated.integration.status)),
                Err(error) => Some(format!("validate: {:?}", error.kind())),
            }
        } else {
            token(&bailee, &owner, user).await?
        };
        lock(&tally).count(failure);
        clock.sleep(THINKING).await;
    }
}

/// What went wrong with a token, if anything did.
async fn token(bailee: &Bailee, owner: &Owner, user: u32) -> anyhow::Result<Option<String>> {
    match bailee.token(owner, "google").await {
        Ok(_) => Ok(None),
        Err(TokenError::NeedsReconnect { reason, .. }) => {
            let reason = reason.as_str().to_owned();
            say(&Event::Lost { user, reason: reason.clone() })?;
            Ok(Some(format!("token: needs reconnect ({reason})")))
        }
        Err(TokenError::Vault(_)) => Ok(Some("token: sealed".to_owned())),
        Err(error) => Ok(Some(format!("token: {:?}", error.kind()))),
    }
}

fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// By `/proc`, where there is one.
fn rss_kib() -> anyhow::Result<u64> {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return Ok(0) };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
