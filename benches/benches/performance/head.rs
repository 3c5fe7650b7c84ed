//! Whether those whose tokens are live wait for somebody whose provider hangs.

use std::time::{Duration, Instant};

use bailee_core::{ClientId, ClientRegistration, Owner, SecretString};
use bailee_engine::Bailee;
use bailee_oauth::{HttpClient, HttpOptions};
use bailee_providers::{Google, GoogleEndpoints};
use bailee_testkit::{
    MockGoogle,
    mock_provider::{Endpoint, Fault},
};
use benches::{Engine, Figure, Figures, ROWS, World, owner, quantile, time};
use futures_util::future::try_join_all;

const HANG: Duration = Duration::from_secs(5);

/// Of each round, without and with a row that hangs.
const SPAN: Duration = Duration::from_secs(3);

const ROUNDS: u32 = 6;

/// Callers of live tokens, each with a pause after each call.
const CALLERS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(1);

/// Callers of the row whose endpoint hangs.
const HUNG: u32 = 64;

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "Head of line",
        &format!(
            "How long a live `token()` takes on a pool of 16, by the wall clock, while the endpoint of another row hangs \
             for {} s and {HUNG} callers wait for it; by hand stands for the same without such a row. {ROUNDS} rounds of \
             {} s each, {CALLERS} callers.",
            HANG.as_secs(),
            SPAN.as_secs()
        ),
    );
    for engine in Engine::ALL {
        let (mut idle, mut hung) = crate::runtime()?.block_on(rounds(engine))?;
        let (idle_p99, hung_p99) = (quantile(&mut idle, 0.99), quantile(&mut hung, 0.99));
        let (idle_slowest, hung_slowest) = (quantile(&mut idle, 1.0), quantile(&mut hung, 1.0));
        let ratio = hung_p99 / idle_p99;
        let p99 = Figure {
            what: format!("{engine}, 99 % are no slower than"),
            by_hand: time(idle_p99),
            ours: time(hung_p99),
            ratio: format!("{ratio:.3}"),
            target: None,
        };
        figures.add(&p99.at_most(ratio, 1.2, "×"));
        let slowest = Figure {
            what: format!("{engine}, the slowest of {}", hung.len()),
            by_hand: time(idle_slowest),
            ours: time(hung_slowest),
            ..Figure::default()
        };
        figures.add(&slowest.at_most(hung_slowest / 1e6, 50.0, " ms"));
    }
    Ok(())
}

async fn rounds(engine: Engine) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let world = World::new(engine).await?;
    let mock = MockGoogle::start().await?;
    mock.fault(Endpoint::Token, Fault::Delay(HANG)).times(ROUNDS as usize);
    let google =
        Google::new(ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret")))?
            .with_endpoints(GoogleEndpoints::at(mock.url())?)
            .with_http(HttpClient::allow_loopback_http(&HttpOptions::default())?);
    let bailee = Bailee::builder(world.store.clone(), world.keys.clone())
        .base_url("https://backend.example".parse()?)
        .provider(google)
        .build()?;
    let (mut idle, mut hung) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        idle.extend(live_calls(&bailee).await?);
        // Of another user in each round: what the mock answers in the end is that it knows no such token.
        let user = owner(round)?;
        let expired =
            format!("UPDATE user_integrations SET access_expires_ms = 1 WHERE owner_key = '{}'", user.key());
        world.execute(expired).await?;
        let waiting: Vec<_> = (0..HUNG).map(|_| tokio::spawn(wait(bailee.clone(), user.clone()))).collect();
        hung.extend(live_calls(&bailee).await?);
        for waited in waiting {
            waited.await?;
        }
    }
    world.remove().await?;
    Ok((idle, hung))
}

async fn wait(bailee: Bailee, owner: Owner) {
    // It fails after the hang, as it should.
    let _ = bailee.token(&owner, "google").await;
}

async fn live_calls(bailee: &Bailee) -> anyhow::Result<Vec<f64>> {
    let calling = (0..CALLERS).map(|caller| tokio::spawn(call_on(bailee.clone(), caller)));
    let mut calls = Vec::new();
    for some in try_join_all(calling).await? {
        calls.extend(some?);
    }
    Ok(calls)
}

/// How long each call took, in nanoseconds.
#[expect(clippy::disallowed_methods, reason = "a bench measures the time of this machine")]
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a call have room in 53 bits")]
async fn call_on(bailee: Bailee, caller: u32) -> anyhow::Result<Vec<f64>> {
    let started = Instant::now();
    let mut calls = Vec::new();
    let mut number = ROUNDS + caller;
    while started.elapsed() < SPAN {
        let begun = Instant::now();
        bailee.token(&owner(number)?, "google").await?;
        calls.push(begun.elapsed().as_nanos() as f64);
        number = ROUNDS + (number + CALLERS) % (ROWS - ROUNDS);
        tokio::time::sleep(PAUSE).await;
    }
    Ok(calls)
}
