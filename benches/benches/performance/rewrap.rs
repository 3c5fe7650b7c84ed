//! All records sealed with another key, beside a loop written by hand, while tokens are read.

mod by_hand;
mod live;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bailee_core::{ClientId, ClientRegistration, ExposeSecret as _, SecretString, Vault as _};
use bailee_engine::Bailee;
use bailee_providers::Google;
use bailee_storage::SqlPool;
use bailee_vault::{KeyRing, RingEntropy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use benches::{Engine, Figure, Figures, Plan, ROWS, World, compare_rounds, owner};

use by_hand::Key;
use live::{Readers, Reads, refresh_on};

/// How many times all records change their key while the clock runs.
const PASSES: usize = 10;

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "A new key",
        &format!(
            "CPU time of one record that is opened with the old key, sealed with the new one and written, of our threads \
             and the database's together; {ROWS} rows, while two tasks get 200 tokens a second each. By hand: pages of \
             1,000 by their ids, ring, and one UPDATE from arrays (PostgreSQL) or a transaction of prepared UPDATEs \
             (SQLite)."
        ),
    );
    for engine in Engine::ALL {
        let runtime = crate::runtime()?;
        let mut rotation = runtime.block_on(Rotation::new(engine))?;
        // Each way opens what the other one has sealed.
        for variant in [1, 0, 1, 0] {
            runtime.block_on(rotation.whole_pass(variant))?;
        }
        let readers = runtime.block_on(async { Readers::start(rotation.host()) });
        let (meter, pool) = (rotation.world.meter.clone(), rotation.world.hand.pool());
        let comparison = compare_rounds(
            &meter,
            Plan::default().rounds,
            ROWS,
            || runtime.block_on(settle(&pool)),
            |variant| runtime.block_on(rotation.whole_pass(variant)),
        )?;
        let reads = runtime.block_on(readers.stop())?;
        ensure!(reads.failed == 0, "{} reads failed beside a comparison", reads.failed);
        let figure = Figure::of(engine.to_string(), &comparison);
        figures.add(&figure.at_most(comparison.ratio, 1.3, "×"));
        runtime.block_on(rotation.timed(engine, figures))?;
        runtime.block_on(rotation.world.remove())?;
    }
    Ok(())
}

/// Ten thousand records that change between two keys.
struct Rotation {
    world: World,
    keys: [Key; 2],
    /// Seals with the key of this place, and opens both.
    rings: [KeyRing; 2],
    hosts: [Bailee; 2],
    /// The key that all records have.
    now: usize,
}

impl Rotation {
    async fn new(engine: Engine) -> anyhow::Result<Self> {
        let world = World::new(engine).await?;
        let (ring, printable) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        let first = STANDARD.encode(world.hand.key());
        let (first, second) = (first.as_str(), printable.expose_secret());
        let mut bytes = [0; 32];
        STANDARD.decode_slice(second, &mut bytes)?;
        let rings =
            [KeyRing::parse(&format!("{first},{second}"))?, KeyRing::parse(&format!("{second},{first}"))?];
        let keys =
            [Key { bytes: *world.hand.key(), id: world.keys.primary() }, Key { bytes, id: ring.primary() }];
        let [one, other] = &rings;
        let hosts = [host(&world, one)?, host(&world, other)?];
        Ok(Self { world, keys, rings, hosts, now: 0 })
    }

    /// One that opens both keys.
    const fn host(&self) -> &Bailee {
        let [host, _] = &self.hosts;
        host
    }

    /// Seals everything with the other key, by hand (0) or by ours (1), and returns how many records.
    async fn pass(&mut self, variant: usize) -> anyhow::Result<u64> {
        let (from, to) = (self.now, 1 - self.now);
        self.now = to;
        if variant == 0 {
            let key = |at: usize| self.keys.get(at).context("two keys");
            return by_hand::rewrap(&self.world.hand.pool(), key(from)?, key(to)?).await;
        }
        let done = self.hosts.get(to).context("two keys")?.rewrap().await?;
        ensure!(done.unreadable == 0, "{done:?}");
        Ok(done.rewrapped)
    }

    /// The same while nothing is refreshed: no record is left out.
    async fn whole_pass(&mut self, variant: usize) -> anyhow::Result<()> {
        let written = self.pass(variant).await?;
        ensure!(written == u64::from(ROWS), "{written} records were written");
        Ok(())
    }

    /// By the clock, with refreshes beside it: how fast it goes, and what is lost.
    async fn timed(&mut self, engine: Engine, figures: &mut Figures) -> anyhow::Result<()> {
        let readers = Readers::start(self.host());
        let (mut times, mut refreshed, mut lost) = (Vec::new(), 0, 0);
        for _ in 0..PASSES {
            settle(&self.world.hand.pool()).await?;
            let ring = self.rings.get(1 - self.now).context("two keys")?.clone();
            let stop = Arc::new(AtomicBool::new(false));
            let running = tokio::spawn(refresh_on(self.world.store.clone(), ring, Arc::clone(&stop)));
            times.push(timed(self.pass(1)).await?);
            stop.store(true, Ordering::Relaxed);
            for (number, token) in running.await?? {
                let live = self.host().token(&owner(number)?, "google").await?;
                refreshed += 1;
                lost += u32::from(live.token().expose_secret() != token.expose_secret());
            }
        }
        let Reads { all, failed } = readers.stop().await?;
        times.sort_unstable();
        let median = times.get(PASSES / 2).context("no pass")?;
        let rate = f64::from(ROWS) / median.as_secs_f64() * 60.0 / 1e6;
        let counted = |what: &str, count: u32, of: u32| Figure {
            what: format!("{engine}, {what}"),
            ours: format!("{count} of {of}"),
            ..Figure::default()
        };
        let speed = Figure {
            what: format!("{engine}, records a minute"),
            ours: format!("{rate:.2} M"),
            ..Figure::default()
        };
        figures.add(&speed.at_least(rate, 2.0, " M"));
        figures.add(&counted("reads that failed", failed, all).at_most(f64::from(failed), 0.0, ""));
        figures.add(&counted("refreshes that were lost", lost, refreshed).at_most(f64::from(lost), 0.0, ""));
        Ok(())
    }
}

fn host(world: &World, ring: &KeyRing) -> anyhow::Result<Bailee> {
    let registration = ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret"));
    Ok(Bailee::builder(world.store.clone(), ring.clone())
        .base_url("https://backend.example".parse()?)
        .provider(Google::new(registration)?)
        .build()?)
}

/// Takes away what the pass before left behind, which would else be paid for at some moment by some variant.
async fn settle(pool: &SqlPool) -> anyhow::Result<()> {
    match pool {
        SqlPool::Postgres(pool) => {
            sqlx::query("VACUUM user_integrations").execute(pool).await?;
        }
        SqlPool::Sqlite(pool) => {
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(pool).await?;
        }
        _ => {}
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the time of this machine")]
async fn timed<T>(work: impl Future<Output = anyhow::Result<T>> + Send) -> anyhow::Result<Duration> {
    let started = Instant::now();
    work.await?;
    Ok(started.elapsed())
}
