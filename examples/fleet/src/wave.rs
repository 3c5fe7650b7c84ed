//! The tokens of all integrations expire together.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use bailee::{Clock as _, ExposeSecret as _, KeyRing, SystemClock, vault::RingEntropy};
use clap::Args;
use futures_util::future::try_join_all;

use crate::{
    database::{self, Database},
    latency::Latency,
    limited::{Limited, Seen},
    process::Process,
    words::{Command, Orders, Tally},
};

/// How long after the tokens have expired the last of them is waited for.
const PATIENCE: Duration = Duration::from_mins(5);

/// What to do.
#[derive(Args, Debug)]
pub(crate) struct Wave {
    /// How many integrations, each of a user of its own.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    integrations: u32,
    /// How many host processes.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    processes: u32,
    /// How many callers in each of them ask on and on.
    #[arg(long, default_value_t = 4)]
    callers: u32,
    /// How many connections to the database each process has.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    connections: u32,
    /// How many requests a second the provider takes; it answers 429 to what is above.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// How many refreshes a second each process begins ahead of expiry; four fifths of its share of the limit unless it is
    /// set.
    #[arg(long)]
    ahead: Option<u32>,
    /// How long the provider takes for a refresh, in seconds.
    #[arg(long, default_value_t = 0.1, value_parser = seconds)]
    endpoint: f64,
    /// How long the tokens live when the wave begins, in seconds. At four minutes all of them are due at once.
    #[arg(long, default_value_t = 240)]
    expire_in: u64,
}

/// A number of seconds that a duration can have, up to a minute.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.0..=60.0).contains(&seconds) { Ok(seconds) } else { Err("between 0 and 60 seconds".to_owned()) }
}

/// Whether all went well.
pub(crate) async fn run(wave: &Wave) -> Result<bool> {
    let database = Database::postgres().await?;
    database::within(&database, wave.run(&database)).await
}

impl Wave {
    /// What each process is told: the callers who wait for a token have what is left of the limit.
    fn ahead(&self) -> u32 {
        self.ahead.unwrap_or_else(|| (self.limit * 4 / 5 / self.processes).max(1))
    }

    async fn run(&self, database: &Database) -> Result<bool> {
        let Self { integrations, processes, callers, limit, .. } = *self;
        let provider = Limited::start(limit, Duration::from_secs_f64(self.endpoint)).await?;
        let (ring, keys) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        println!("Filling {integrations} integrations …");
        database.migrate(&ring, integrations).await?;
        let orders = |number| Orders {
            database: database.address(&format!("host{number}")),
            connections: self.connections,
            keys: keys.expose_secret().to_owned(),
            provider: provider.url.clone(),
            ahead_per_second: Some(self.ahead()),
        };
        let start = async |number| Process::start(&orders(number)).await;
        let mut hosts = try_join_all((0..processes).map(start)).await?;
        for host in &mut hosts {
            host.warm(self.connections).await?;
        }
        let ahead = self.ahead();
        let least = f64::from(integrations) / (f64::from(ahead) * f64::from(processes));
        println!("{processes} processes of {callers} callers; all tokens expire in {} s.", self.expire_in);
        println!(
            "The provider takes {limit} requests a second. Each process sends {ahead} ahead of expiry: {least:.0} s at least."
        );
        database.expire_in(Duration::from_secs(self.expire_in)).await?;
        let clock = SystemClock::new();
        let call = Command::Call { users: integrations, callers };
        try_join_all(hosts.iter_mut().map(|host| host.tell(&call))).await?;
        let left = self.until_renewed(database, &clock).await?;
        let took = clock.monotonic();
        let mut tally = Tally::default();
        for told in try_join_all(hosts.into_iter().map(Process::stop)).await? {
            tally.add(told);
        }
        ensure!(!tally.micros.is_empty() || callers == 0, "no caller was at work");
        Ok(self.report(tally, provider.seen(), left, took))
    }

    /// How many integrations were not renewed in all that time.
    async fn until_renewed(&self, database: &Database, clock: &SystemClock) -> Result<i64> {
        let deadline = Duration::from_secs(self.expire_in) + PATIENCE;
        let mut looks: u32 = 0;
        loop {
            let left = database.unrenewed().await?;
            let at = clock.monotonic();
            if looks.is_multiple_of(10) || left == 0 {
                println!("{:>5} s   {left:>6} to be renewed", at.as_secs());
            }
            if left == 0 || at > deadline {
                return Ok(left);
            }
            looks += 1;
            clock.sleep(Duration::from_secs(1)).await;
        }
    }

    fn report(&self, tally: Tally, seen: Seen, left: i64, took: Duration) -> bool {
        let calls = tally.micros.len();
        let failures: u32 = tally.failures.values().sum();
        let Seen { refreshes, duplicates, most_per_second, refused } = seen;
        println!("\nintegrations                        {}", self.integrations);
        println!("  not renewed                       {left}");
        println!("refreshes                           {refreshes} in {:.0} s", took.as_secs_f64());
        println!("duplicates                          {duplicates}");
        println!("callers served                      {calls}");
        println!("  failures                          {failures}");
        for (word, count) in &tally.failures {
            println!("    {count} × {word}");
        }
        println!("  waited                            {}", Latency::of(tally.micros));
        println!("highest rate at the provider        {most_per_second} a second, of {} allowed", self.limit);
        println!("  answered with 429                 {refused}");
        duplicates == 0 && failures == 0 && left == 0 && refreshes == self.integrations
    }
}
