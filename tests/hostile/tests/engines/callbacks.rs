//! T4 and T5: the right to finish a connect is taken once, and by the database's clock.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use async_trait::async_trait;
use bailee_core::{Clock, Owner, SecretString};
use bailee_engine::{Arrival, Bailee, Callback, ConnectOptions, Connected, Error, SystemClock};
use bailee_testkit::{MockGoogle, connected, returned};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use test_support::{Engine, Raw, TestDatabase, each_engine, each_of, google, person};
use url::Url;

use crate::rig::{Rig, builder};

const REPLAYS: usize = 50;

/// A connect up to its return.
async fn approved(bailee: &Bailee, mock: &MockGoogle, owner: &Owner) -> Result<(Url, SecretString)> {
    let nonce = bailee.nonce()?;
    let link = bailee.connect(owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
    Ok((mock.approve(&link.url)?, nonce))
}

/// What the page posts after the return of a browser that is not signed in.
async fn handed_over(bailee: &Bailee, callback: &Url, nonce: &SecretString) -> Result<Callback> {
    let Arrival::HandedOver { location } = bailee.arrived(returned("google", callback), None, None).await?
    else {
        bail!("a stranger finished")
    };
    let parameter = |name: &str| {
        location.query_pairs().find(|(mine, _)| mine == name).map(|(_, value)| value.into_owned())
    };
    Ok(Callback {
        provider: "google".to_owned(),
        state: SecretString::from(parameter("state").unwrap_or_default()),
        handle: SecretString::from(parameter("code").unwrap_or_default()),
        nonce: Some(nonce.clone()),
        verifier: None,
    })
}

/// Of all answers one is a connect and all others are that of a dead link.
fn once<T>(answers: Vec<Result<T, Error>>) -> Result<()> {
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    ensure!(done.len() == 1, "{} of them finished", done.len());
    for answer in &refused {
        let error = answer.as_ref().err();
        ensure!(error == Some(&Error::LinkInvalid), "{error:?}");
    }
    ensure!(refused.len() == REPLAYS - 1);
    Ok(())
}

async fn one_row(rig: &Rig, owner: &Owner) -> Result<()> {
    let exchanges = rig.mock.count("/token", Some("authorization_code"));
    ensure!(exchanges == 1, "{exchanges} exchanges");
    let rows = rig.bailee.integrations(owner, None, 10).await?.items.len();
    ensure!(rows == 1, "{rows} rows");
    rig.bailee.token(owner, "google").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parallel_returns_of_one_state_are_one_exchange() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let hosts = [rig.bailee.clone(), rig.process(database).await?];
        let owner = Owner::user("u1")?;
        let (callback, nonce) = approved(&rig.bailee, &rig.mock, &owner).await?;
        let replays = hosts.iter().cycle().take(REPLAYS).map(|host| {
            let (host, nonce) = (host.clone(), nonce.clone());
            let (back, session) = (returned("google", &callback), person(owner.clone()));
            tokio::spawn(async move { host.arrived(back, Some(&session), Some(&nonce)).await })
        });
        let answers: Vec<Result<Arrival, Error>> =
            join_all(replays).await.into_iter().collect::<Result<_, _>>()?;
        once(answers)?;
        one_row(&rig, &owner).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parallel_posts_of_one_handle_are_one_exchange_on_every_engine() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let hosts = [rig.bailee.clone(), rig.process(database).await?];
        let owner = Owner::user("u1")?;
        let (callback, nonce) = approved(&rig.bailee, &rig.mock, &owner).await?;
        let posted = handed_over(&rig.bailee, &callback, &nonce).await?;
        let replays = hosts.iter().cycle().take(REPLAYS).map(|host| {
            let (host, session, posted) = (host.clone(), person(owner.clone()), posted.clone());
            tokio::spawn(async move { host.callback(&session, posted).await })
        });
        let answers: Vec<Result<Connected, Error>> =
            join_all(replays).await.into_iter().collect::<Result<_, _>>()?;
        once(answers)?;
        one_row(&rig, &owner).await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parallel_strangers_are_handed_one_handle_and_the_owner_still_finishes() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let owner = Owner::user("u1")?;
        let (callback, nonce) = approved(&rig.bailee, &rig.mock, &owner).await?;
        let strangers = (0..REPLAYS).map(|_| {
            let (host, callback, nonce) = (rig.bailee.clone(), callback.clone(), nonce.clone());
            tokio::spawn(async move { handed_over(&host, &callback, &nonce).await })
        });
        let answers = join_all(strangers).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut handed: Vec<Callback> = answers.into_iter().filter_map(Result::ok).collect();
        ensure!(handed.len() == 1, "{} handles", handed.len());
        let posted = handed.remove(0);
        // Nobody but the owner, with their browser, can use it; and trying uses nothing up.
        let (session, stranger) = (person(owner.clone()), person(Owner::user("u2")?));
        let elsewhere = Callback { nonce: Some(rig.bailee.nonce()?), ..posted.clone() };
        for (who, what) in [(&stranger, posted.clone()), (&session, elsewhere)] {
            let refused = rig.bailee.callback(who, what).await.err();
            ensure!(refused == Some(Error::LinkInvalid), "{refused:?}");
        }
        ensure!(rig.mock.count("/token", None) == 0, "something was sent");
        rig.bailee.callback(&session, posted).await?;
        one_row(&rig, &owner).await
    })
    .await
}

/// The clock of a machine that is set wrong.
#[derive(Debug)]
struct Wrong(SystemClock, TimeDelta);

#[async_trait]
impl Clock for Wrong {
    fn now(&self) -> DateTime<Utc> {
        self.0.now() + self.1
    }

    fn monotonic(&self) -> Duration {
        self.0.monotonic()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

fn wrong_by(rig: &Rig, days: i64) -> Result<Bailee> {
    let clock = Wrong(SystemClock::new(), TimeDelta::days(days));
    Ok(builder(&rig.store, &rig.keys, google(&rig.mock)?)?.clock(clock).build()?)
}

#[tokio::test]
async fn a_state_expires_by_the_clock_of_the_database_whatever_the_host_believes() -> Result<()> {
    each_engine(async |database| {
        let rig = Rig::on(database).await?;
        let owner = Owner::user("u1")?;
        let over_at_once = bailee_engine::Timings::default().with_flow(Duration::ZERO);
        let clock = Wrong(SystemClock::new(), TimeDelta::days(-1));
        let behind =
            builder(&rig.store, &rig.keys, google(&rig.mock)?)?.clock(clock).timings(over_at_once).build()?;
        let (callback, nonce) = approved(&behind, &rig.mock, &owner).await?;
        for session in [Some(person(owner.clone())), None] {
            let back = returned("google", &callback);
            let refused = behind.arrived(back, session.as_ref(), Some(&nonce)).await.err();
            ensure!(refused == Some(Error::LinkInvalid), "{refused:?}");
        }
        ensure!(rig.mock.count("/token", None) == 0, "something was sent");
        for days in [-1, 1] {
            let host = wrong_by(&rig, days)?;
            connected(&host, &rig.mock, &owner, "google").await.map_err(anyhow::Error::from_boxed)?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_handle_expires_with_its_state() -> Result<()> {
    each_of(&Engine::SHARED, outlived).await
}

async fn outlived(database: &TestDatabase) -> Result<()> {
    let rig = Rig::on(database).await?;
    let (owner, raw) = (Owner::user("u1")?, Raw::open(database).await?);
    let behind = wrong_by(&rig, -1)?;
    let (callback, nonce) = approved(&behind, &rig.mock, &owner).await?;
    let posted = handed_over(&behind, &callback, &nonce).await?;
    let session = person(owner);
    let ends = raw.count("SELECT MAX(expires_ms) FROM oauth_flows").await?;
    for (end, expected) in [(raw.clock().await? - 1, Some(Error::LinkInvalid)), (ends, None)] {
        raw.run(&format!("UPDATE oauth_flows SET expires_ms = {end}")).await?;
        let refused = behind.callback(&session, posted.clone()).await.err();
        ensure!(refused == expected, "{refused:?}");
    }
    ensure!(rig.mock.count("/token", None) == 1, "one exchange, of the one in time");
    Ok(())
}
