//! Many callers want the token of one expired row at once.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use bailee::{Clock as _, ExposeSecret as _, KeyRing, SystemClock, vault::RingEntropy};
use bailee_testkit::{
    MockGoogle, connected,
    mock_google::Rotation,
    mock_provider::{Endpoint, Fault},
};
use clap::Args;
use futures_util::future::try_join_all;

use crate::{
    database::{self, Database},
    fill, host,
    process::Process,
    provider::KEY,
    watch::Watch,
    wave::seconds,
    words::{Answers, Command, Orders},
};

/// Whose token everybody wants.
const USER: u32 = 0;

/// How often the connections are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What to do.
#[derive(Args, Debug)]
pub(crate) struct Storm {
    /// How many callers in all.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    callers: u32,
    /// How many host processes.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    processes: u32,
    /// How many connections to the database each process has.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    connections: u32,
    /// How often.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How long the provider takes for a refresh, in seconds; may be given several times.
    #[arg(long, default_values_t = [0.3, 11.0], value_parser = seconds)]
    endpoint: Vec<f64>,
    /// A SQLite file instead of PostgreSQL: then nobody can look at the connections.
    #[arg(long)]
    sqlite: bool,
}

/// What became of one storm.
struct Outcome {
    answers: Answers,
    calls: usize,
    took: Duration,
    watch: Watch,
}

/// Whether all went well.
pub(crate) async fn run(storm: &Storm) -> Result<bool> {
    let database = if storm.sqlite { Database::sqlite().await? } else { Database::postgres().await? };
    let storming = async { Stage::set(storm, &database).await?.run(storm).await };
    database::within(&database, storming).await
}

/// The processes, before a provider whose refresh tokens are used once: a second use ends the grant.
struct Stage<'a> {
    database: &'a Database,
    mock: MockGoogle,
    hosts: Vec<Process>,
}

impl<'a> Stage<'a> {
    async fn set(storm: &Storm, database: &'a Database) -> Result<Self> {
        let mock = MockGoogle::builder().rotation(Rotation::Strict).start().await?;
        let (ring, keys) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
        database.migrate(&ring, 0).await?;
        let orders = |name: &str| Orders {
            database: database.address(name),
            connections: storm.connections,
            keys: keys.expose_secret().to_owned(),
            provider: mock.url().clone(),
            ahead_per_second: None,
        };
        let own = host::host(&orders("parent")).await?;
        connected(&own, &mock, &fill::owner(USER)?, KEY).await.map_err(anyhow::Error::from_boxed)?;
        let start = async |number| Process::start(&orders(&format!("host{number}"))).await;
        let mut hosts = try_join_all((0..storm.processes).map(start)).await?;
        for host in &mut hosts {
            host.warm(storm.connections).await?;
        }
        Ok(Self { database, mock, hosts })
    }

    async fn run(mut self, storm: &Storm) -> Result<bool> {
        let each = storm.callers.div_ceil(storm.processes);
        let callers = each * storm.processes;
        println!("{callers} callers in {} processes want the token of one expired row.", storm.processes);
        println!(
            "While the provider works, connections of one process are busy, and held when that lasts for {LOOK:?}."
        );
        println!("endpoint   calls   failures   wall - endpoint   busy at once   held");
        let mut good = 0;
        for endpoint in &storm.endpoint {
            for _ in 0..storm.runs {
                let outcome = self.once(Duration::from_secs_f64(*endpoint), each).await?;
                good += u32::from(self.tell(&outcome, *endpoint, callers));
            }
        }
        let runs = storm.runs * u32::try_from(storm.endpoint.len())?;
        println!("{good} of {runs} storms sent one request and left nobody without the token.");
        Ok(good == runs)
    }

    async fn once(&mut self, endpoint: Duration, each: u32) -> Result<Outcome> {
        self.mock.heal();
        self.mock.fault(Endpoint::Token, Fault::Delay(endpoint)).on_grant("refresh_token");
        self.mock.expire_access_tokens();
        self.database.expire().await?;
        self.mock.clear_requests();
        let (clock, database, mock) = (SystemClock::new(), self.database, &self.mock);
        let mut watch = Watch::default();
        let looking = async {
            match look(database, mock, endpoint, &mut watch).await {
                // There is nothing more to see until everybody is answered.
                Ok(()) => std::future::pending().await,
                Err(error) => error,
            }
        };
        let answers = tokio::select! {
            answers = ask(&mut self.hosts, each) => answers?,
            error = looking => return Err(error),
        };
        let took = clock.monotonic();
        Ok(Outcome { answers, calls: calls(mock), took, watch })
    }

    /// Prints a line, and returns whether it is a good one.
    fn tell(&self, outcome: &Outcome, endpoint: f64, callers: u32) -> bool {
        let Outcome { answers, calls, took, watch } = outcome;
        let dead = answers.tokens.iter().filter(|token| !self.mock.is_live(token)).count();
        let failures: u32 = answers.failures.values().sum();
        let over = took.as_secs_f64() - endpoint;
        let (busy, held) = if watch.looks > 0 {
            (watch.busy.to_string(), watch.held.to_string())
        } else {
            ("?".to_owned(), "?".to_owned())
        };
        println!("{endpoint:>6.1} s   {calls:>5}   {failures:>8}   {over:>13.2} s   {busy:>12}   {held:>4}");
        for (word, count) in &answers.failures {
            println!("   {count} × {word}");
        }
        *calls == 1 && failures == 0 && answers.served == callers && dead == 0 && self.mock.reuses() == 0
    }
}

/// Looks at the connections from the arrival of the refresh until just before it is answered.
async fn look(database: &Database, mock: &MockGoogle, endpoint: Duration, watch: &mut Watch) -> Result<()> {
    let clock = SystemClock::new();
    while calls(mock) == 0 {
        clock.sleep(LOOK).await;
    }
    let until = clock.monotonic() + endpoint.saturating_sub(LOOK * 2);
    if let Database::Postgres { pool, schema, .. } = database {
        while clock.monotonic() < until {
            watch.look(pool, &format!("{schema}_host")).await?;
            clock.sleep(LOOK).await;
        }
    }
    Ok(())
}

/// How many refreshes arrived at the provider.
fn calls(mock: &MockGoogle) -> usize {
    mock.count("/token", Some("refresh_token"))
}

/// So many callers in each process ask at once.
async fn ask(hosts: &mut [Process], each: u32) -> Result<Answers> {
    let command = Command::Ask { user: USER, callers: each };
    try_join_all(hosts.iter_mut().map(|host| host.tell(&command))).await?;
    let mut all = Answers::default();
    for answers in try_join_all(hosts.iter_mut().map(Process::answers)).await? {
        all.add(answers);
    }
    Ok(all)
}
