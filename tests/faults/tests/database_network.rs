//! A network that breaks between a host and its database: T61a on the wire.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use bailee_core::Rotation;
use bailee_engine::SystemClock;
use bailee_storage::{SqlOptions, SqlStore};
use bailee_testkit::{Shim, ShimMode, connected};
use hostile_tests::Declared;
use test_support::{Engine, TestDatabase, each_of};
use url::Url;

use crate::{
    ground::Ground,
    scene::{Scene, google_at, in_time, provider},
};

const SERVERS: [Engine; 2] = [Engine::Postgres, Engine::MySql];

/// The network is slow, or in pieces, and everything comes through.
const SLOW: [ShimMode; 2] = [
    ShimMode::Delay { there: Duration::from_millis(3), back: Duration::from_millis(3) },
    ShimMode::SlowBytes(Duration::ZERO),
];

/// The network breaks: at once, after what was asked, in the middle of an answer.
const BROKEN: [ShimMode; 4] =
    [ShimMode::Reset, ShimMode::LoseAnswers, ShimMode::TruncateAnswers(7), ShimMode::TruncateAnswers(300)];

/// A host whose database is behind the shim.
async fn stand<'a>(database: &TestDatabase, ground: &'a mut Ground) -> Result<(Scene<'a>, Shim)> {
    let mut url: Url = database.url().parse()?;
    let default = || Some(if database.engine() == Engine::MySql { 3306 } else { 5432 });
    let server = url.socket_addrs(default)?.into_iter().next().context("no address")?;
    let shim = Shim::before(server, Arc::new(SystemClock::new())).await?;
    url.set_host(Some("127.0.0.1"))?;
    url.set_port(Some(shim.address().port())).map_err(|()| anyhow::anyhow!("the URL takes no port"))?;
    let options = SqlOptions::default()
        .with_max_connections(3)
        .with_acquire_timeout(Duration::from_secs(5))
        .with_statement_timeout(Duration::from_secs(3));
    let (truth, mock) = (ground.cleared().await?, provider().await?);
    let store = SqlStore::open_with(url.as_str(), options).await?;
    let google = Declared::rotating(google_at(mock.url())?, Rotation::Strict);
    Ok((Scene::over(ground, (Arc::new(store), truth), mock, google)?, shim))
}

/// Runs a flow under each of these modes, on each server.
#[expect(clippy::future_not_send, reason = "a test is awaited where it was begun")]
async fn each(
    modes: &[ShimMode],
    flow: impl AsyncFn(&Scene<'_>, &Shim, ShimMode) -> Result<()>,
) -> Result<()> {
    each_of(&SERVERS, async |database| {
        let mut ground = Ground::on(database).await?;
        for mode in modes {
            let (scene, shim) = stand(database, &mut ground).await?;
            flow(&scene, &shim, *mode).await.with_context(|| format!("{mode:?}"))?;
            ensure!(scene.mock.max_in_flight("/token") <= 1, "{mode:?}: two refreshes at once");
            ensure!(scene.mock.reuses() == 0, "{mode:?}: a refresh token was used twice");
        }
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_over_a_network_that_breaks_loses_no_token() -> Result<()> {
    each(&BROKEN, async |scene, shim, mode| {
        scene.expired().await?;
        shim.set(mode);
        if let Err(error) = in_time(scene.bailee.token(&scene.owner, "google")).await? {
            ensure!(error.is_temporary(), "{error:?}");
        }
        shim.set(ShimMode::Pass);
        scene.settle().await?;
        scene.sound().await?;
        scene.works().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connect_over_a_network_that_breaks_is_whole_or_not_there() -> Result<()> {
    each(&BROKEN, async |scene, shim, mode| {
        shim.set(mode);
        let request = bailee_engine::ConnectOptions::with_nonce("google", scene.bailee.nonce()?);
        if let Err(error) = in_time(scene.bailee.connect(&scene.owner, request)).await? {
            ensure!(error.is_temporary(), "{error:?}");
        }
        shim.set(ShimMode::Pass);
        scene.connected().await?;
        scene.settle().await?;
        scene.sound().await?;
        scene.works().await
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disconnect_over_a_network_that_breaks_ends_with_nothing_left() -> Result<()> {
    each(&BROKEN, async |scene, shim, mode| {
        scene.connected().await?;
        shim.set(mode);
        if let Err(error) = in_time(scene.bailee.disconnect(&scene.owner, "google")).await? {
            ensure!(error.is_temporary(), "{error:?}");
        }
        shim.set(ShimMode::Pass);
        in_time(scene.bailee.disconnect(&scene.owner, "google")).await??;
        scene.settle().await?;
        scene.sound().await?;
        ensure!(scene.truth.list(&scene.owner, None, 1).await?.is_empty(), "a row is left");
        Ok(())
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_life_over_a_slow_network_is_only_slower() -> Result<()> {
    each(&SLOW, async |scene, shim, mode| {
        shim.set(mode);
        let row = connected(&scene.bailee, &scene.mock, &scene.owner, "google").await;
        let row = row.map_err(anyhow::Error::from_boxed)?;
        scene.works().await?;
        in_time(scene.bailee.disconnect(&scene.owner, row.id)).await??;
        scene.settle().await?;
        scene.sound().await?;
        ensure!(shim.broken() == 0);
        Ok(())
    })
    .await
}
