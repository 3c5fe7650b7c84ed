//! What goes on while keys change: tokens are read, and some are refreshed.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use bailee_core::{
    Credential, CredentialStore as _, ExposeSecret as _, IntegrationId, Lifecycle, SealContext, SealPurpose,
    SecretString, Vault as _,
    store::{CredentialRow, LeaseRequest, Renewed},
};
use bailee_engine::Bailee;
use bailee_storage::SqlStore;
use bailee_vault::KeyRing;
use benches::{ROWS, owner};
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

/// How often a task does something. A fixed rate, so that a slow variant has no more readers beside it for a record than a
/// fast one, but for the time that it takes.
const EVERY: Duration = Duration::from_millis(5);

/// Tasks that go on until they are told to stop.
pub(super) struct Readers {
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<anyhow::Result<Reads>>>,
}

/// What came of reads.
#[derive(Clone, Copy, Default)]
pub(super) struct Reads {
    pub(super) all: u32,
    pub(super) failed: u32,
}

impl Readers {
    /// Two tasks that get tokens.
    pub(super) fn start(bailee: &Bailee) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let tasks = (0..2).map(|first| tokio::spawn(read_on(bailee.clone(), first, Arc::clone(&stop))));
        Self { tasks: tasks.collect(), stop }
    }

    pub(super) async fn stop(self) -> anyhow::Result<Reads> {
        self.stop.store(true, Ordering::Relaxed);
        let mut sum = Reads::default();
        for task in self.tasks {
            let Reads { all, failed } = task.await??;
            sum.all += all;
            sum.failed += failed;
        }
        Ok(sum)
    }
}

async fn read_on(bailee: Bailee, first: u32, stop: Arc<AtomicBool>) -> anyhow::Result<Reads> {
    let mut reads = Reads::default();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        let number = (first * ROWS / 2 + reads.all * 7) % ROWS;
        reads.all += 1;
        reads.failed += u32::from(bailee.token(&owner(number)?, "google").await.is_err());
    }
    Ok(reads)
}

/// Refreshes rows until told to stop, and returns the token of each.
pub(super) async fn refresh_on(
    store: SqlStore,
    keys: KeyRing,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<BTreeMap<u32, SecretString>> {
    let mut tokens = BTreeMap::new();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        // All over the table, and none twice.
        let number = u32::try_from(tokens.len())? * 7_919 % ROWS;
        tokens.insert(number, refresh(&store, &keys, number).await?);
    }
    Ok(tokens)
}

/// As the engine refreshes: under a lease, sealed for its epoch.
async fn refresh(store: &SqlStore, keys: &KeyRing, number: u32) -> anyhow::Result<SecretString> {
    let id = IntegrationId::from_parts(u64::from(number), [7; 10]);
    let row = store.read(id).await?.context("the row is gone")?;
    let (lease_owner, lease_epoch) = (u128::from(number).to_be_bytes(), row.lease_epoch + 1);
    let hour = Duration::from_hours(1);
    let request = LeaseRequest {
        secret_epoch: row.secret_epoch,
        lease_owner,
        duration: hour,
        longest: hour * 4,
        lifecycle: Lifecycle::Connected,
        ignore_gate: true,
    };
    ensure!(store.acquire(id, request).await?, "no lease");
    let token = SecretString::from(format!("ya29.{number:05}.{lease_epoch}{}", "a".repeat(210)));
    let renewed = renewed(&row, keys, lease_owner, lease_epoch, &token)?;
    ensure!(store.save(id, renewed).await?, "the refresh was not saved");
    Ok(token)
}

fn renewed(
    row: &CredentialRow,
    keys: &KeyRing,
    lease_owner: [u8; 16],
    lease_epoch: i64,
    token: &SecretString,
) -> anyhow::Result<Renewed> {
    let context = SealContext {
        purpose: SealPurpose::OAuthTokens,
        owner: &row.owner,
        id: &row.id.to_string(),
        provider: &row.provider,
        epoch: lease_epoch.unsigned_abs(),
    };
    let credential = Credential::new(token.clone()).with_refresh_token(SecretString::from("1//r".repeat(25)));
    Ok(Renewed {
        lease_epoch,
        lease_owner,
        sealed: keys.seal(&context, credential.to_plaintext().expose_secret())?,
        access_expires_ms: row.access_expires_ms,
        access_lifetime_ms: row.access_lifetime_ms,
        granted: None,
        refreshable: true,
        refreshed: None,
        recovered: None,
    })
}
