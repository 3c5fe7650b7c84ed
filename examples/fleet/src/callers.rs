//! The callers of one host process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use bailee::{
    Bailee, Clock as _, ExposeSecret as _, SystemClock, TokenError, core::Entropy as _, vault::RingEntropy,
};
use tokio::task::JoinHandle;

use crate::{
    fill::owner,
    provider::KEY,
    words::{Answers, Tally},
};

/// How long a caller thinks between two calls.
const THINKING: Duration = Duration::from_millis(20);

/// So many callers who ask for the token of one user at once.
pub(crate) async fn at_once(bailee: &Bailee, user: u32, callers: u32) -> Result<Answers> {
    let owner = owner(user)?;
    let asking: Vec<_> = (0..callers)
        .map(|_| {
            let (bailee, owner) = (bailee.clone(), owner.clone());
            tokio::spawn(async move { bailee.token(&owner, KEY).await })
        })
        .collect();
    let mut answers = Answers::default();
    for asked in asking {
        match asked.await? {
            Ok(live) => {
                answers.served += 1;
                answers.tokens.insert(live.token().expose_secret().to_owned());
            }
            Err(error) => *answers.failures.entry(word(&error)).or_default() += 1,
        }
    }
    Ok(answers)
}

/// Callers who ask on and on.
#[derive(Default)]
pub(crate) struct Callers {
    stop: Arc<AtomicBool>,
    calling: Vec<JoinHandle<Result<Tally>>>,
}

impl Callers {
    pub(crate) fn begin(&mut self, bailee: &Bailee, users: u32, callers: u32) {
        let call = |_| tokio::spawn(call_on(bailee.clone(), users, Arc::clone(&self.stop)));
        self.calling.extend((0..callers).map(call));
    }

    pub(crate) async fn end(self) -> Result<Tally> {
        self.stop.store(true, Ordering::SeqCst);
        let mut tally = Tally::default();
        for calling in self.calling {
            tally.add(calling.await??);
        }
        Ok(tally)
    }
}

async fn call_on(bailee: Bailee, users: u32, stop: Arc<AtomicBool>) -> Result<Tally> {
    let (clock, entropy, mut tally) = (SystemClock::new(), RingEntropy::new(), Tally::default());
    while !stop.load(Ordering::SeqCst) {
        let mut random = [0; 4];
        entropy.fill(&mut random)?;
        let owner = owner(u32::from_ne_bytes(random) % users)?;
        let asked = clock.monotonic();
        match bailee.token(&owner, KEY).await {
            Ok(_) => {
                let took = clock.monotonic().saturating_sub(asked).as_micros();
                tally.micros.push(u32::try_from(took).unwrap_or(u32::MAX));
            }
            Err(error) => *tally.failures.entry(word(&error)).or_default() += 1,
        }
        clock.sleep(THINKING).await;
    }
    Ok(tally)
}

fn word(error: &TokenError) -> String {
    error.to_string()
}
