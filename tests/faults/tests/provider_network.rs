//! A network that breaks between a host and its provider: T30 and T43 on the wire.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use bailee_core::{ExposeSecret as _, Integration, Lifecycle, ProviderError, Rotation, StatusReason};
use bailee_engine::{ConnectOptions, Disconnected, Error, TokenError, ToolError};
use bailee_testkit::{
    MockClock, Shim, ShimMode, mock_google::calendar::EVENTS_INSERT, mock_provider::Endpoint, returned,
};
use hostile_tests::Declared;
use serde_json::json;
use url::Url;

use crate::{
    ground::Ground,
    scene::{ACCOUNTS, Scene, google_at, in_time, provider},
};

/// The shim's clock stands: what waits there waits until somebody gives up.
const NEVER: Duration = Duration::from_hours(1);

/// The request does not arrive, or nobody knows.
const UNHEARD: [ShimMode; 2] = [ShimMode::Reset, ShimMode::Delay { there: NEVER, back: Duration::ZERO }];

/// The request arrives, and its answer does not.
const UNANSWERED: [ShimMode; 4] = [
    ShimMode::LoseAnswers,
    ShimMode::TruncateAnswers(40),
    ShimMode::Delay { there: Duration::ZERO, back: NEVER },
    ShimMode::SlowBytes(NEVER),
];

fn all() -> impl Iterator<Item = ShimMode> {
    UNHEARD.into_iter().chain(UNANSWERED)
}

/// A host whose provider is behind the shim.
async fn stand(ground: &mut Ground) -> Result<(Scene<'_>, Shim)> {
    let (truth, mock) = (ground.cleared().await?, provider().await?);
    let server = mock.url().socket_addrs(|| None)?.into_iter().next().context("no address")?;
    let shim = Shim::before(server, Arc::new(MockClock::new())).await?;
    let address: Url = format!("http://{}/", shim.address()).parse()?;
    let google = Declared::rotating(google_at(&address)?, Rotation::Strict);
    Ok((Scene::over(ground, (Arc::clone(&truth), truth), mock, google)?, shim))
}

/// It may be asked for again, and tells nothing that is secret.
fn harmless(scene: &Scene<'_>, error: &(impl std::error::Error + 'static), temporary: bool) -> Result<()> {
    let told = format!("{error:?} {error}");
    ensure!(temporary, "told as for ever: {told}");
    ensure!(!scene.mock.secrets().iter().any(|secret| told.contains(secret)), "a secret is told");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_sent_once_whatever_the_network_does() -> Result<()> {
    let mut ground = Ground::memory()?;
    for mode in all() {
        let (scene, shim) = stand(&mut ground).await?;
        let Scene { bailee, owner, mock, .. } = &scene;
        let nonce = bailee.nonce()?;
        let link = bailee.connect(owner, ConnectOptions::with_nonce("google", nonce.clone())).await?;
        let (back, session) = (returned("google", &mock.approve(&link.url)?), scene.session());
        shim.set(mode);
        let refused = in_time(bailee.arrived(back.clone(), Some(&session), Some(&nonce))).await?.err();
        let refused = refused.with_context(|| format!("{mode:?}: connected"))?;
        harmless(&scene, &refused, refused.is_temporary()).with_context(|| format!("{mode:?}"))?;
        shim.set(ShimMode::Pass);
        let again = in_time(bailee.arrived(back, Some(&session), Some(&nonce))).await?.err();
        ensure!(again == Some(Error::LinkInvalid), "{mode:?}: {again:?}");
        let sent = mock.count("/token", None);
        ensure!(sent <= 1, "{mode:?}: {sent} exchanges");
        ensure!(scene.truth.list(owner, None, 1).await?.is_empty(), "{mode:?}: a row");
        scene.connected().await?;
        scene.works().await.with_context(|| format!("{mode:?}"))?;
    }
    Ok(())
}

/// The row of a token that needs a refresh, which is refused under this mode and does no harm.
async fn refused_a_refresh(scene: &Scene<'_>, shim: &Shim, mode: ShimMode) -> Result<Integration> {
    let row = scene.expired().await?;
    shim.set(mode);
    let refused = in_time(scene.bailee.token(&scene.owner, "google")).await?.err();
    let refused = refused.with_context(|| format!("{mode:?}: a token"))?;
    harmless(scene, &refused, refused.is_temporary()).with_context(|| format!("{mode:?}"))?;
    Ok(row)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_that_never_arrived_is_made_later_and_loses_nothing() -> Result<()> {
    let mut ground = Ground::memory()?;
    for mode in UNHEARD {
        let (scene, shim) = stand(&mut ground).await?;
        let row = refused_a_refresh(&scene, &shim, mode).await?;
        let kept = scene.truth.read(row.id).await?.context("the row is gone")?;
        ensure!((kept.lifecycle, kept.secret_epoch) == (Lifecycle::Connected, 1), "{mode:?}: {kept:?}");
        shim.set(ShimMode::Pass);
        scene.settle().await?;
        scene.works().await.with_context(|| format!("{mode:?}"))?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_whose_answer_is_lost_is_told_as_that_and_a_reconnect_mends_it() -> Result<()> {
    let mut ground = Ground::memory()?;
    for mode in UNANSWERED {
        let (scene, shim) = stand(&mut ground).await?;
        let row = refused_a_refresh(&scene, &shim, mode).await?;
        shim.set(ShimMode::Pass);
        scene.settle().await?;
        scene.ground.later().await?;
        let dead = in_time(scene.bailee.token(&scene.owner, "google")).await?.err();
        let reason = StatusReason::OutcomeLost;
        ensure!(
            dead == Some(TokenError::NeedsReconnect { integration: row.id, reason }),
            "{mode:?}: {dead:?}"
        );
        let sent = scene.mock.count("/token", Some("refresh_token"));
        ensure!(sent == 2, "{mode:?}: {sent} refreshes: one, and the one that told");
        ensure!(scene.connected().await?.id == row.id);
        let live = in_time(scene.bailee.token(&scene.owner, "google")).await??;
        ensure!(scene.mock.is_live(live.token().expose_secret()), "{mode:?}: a dead token");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_that_does_not_come_through_is_left_to_the_outbox() -> Result<()> {
    let mut ground = Ground::memory()?;
    for mode in all() {
        let (scene, shim) = stand(&mut ground).await?;
        scene.connected().await?;
        shim.set(mode);
        let outcome = in_time(scene.bailee.disconnect(&scene.owner, "google")).await??;
        ensure!(outcome == Disconnected::Pending, "{mode:?}: {outcome:?}");
        ensure!(scene.bailee.integrations(&scene.owner, None, 10).await?.items.is_empty(), "{mode:?}: shown");
        shim.set(ShimMode::Pass);
        scene.settle().await.with_context(|| format!("{mode:?}"))?;
        scene.sound().await.with_context(|| format!("{mode:?}"))?;
        ensure!(scene.mock.live_grants() == 0 && scene.mock.count_of(Endpoint::Revoke) >= 1);
    }
    Ok(())
}

async fn write(scene: &Scene<'_>, key: Option<&str>) -> Result<Option<ToolError>> {
    let mut tea = json!({ "summary": "Tea", "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" });
    if let (Some(key), Some(members)) = (key, tea.as_object_mut()) {
        members.insert("idempotency_key".to_owned(), json!(key));
    }
    let permit = scene.bailee.authorize(&scene.caller()?, "create_event").await?;
    Ok(in_time(permit.call(tea)).await?.err())
}

/// The provider tells repetitions apart by the key, so that they are safe.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_writes_under_a_key_is_carried_out_once_however_often_it_is_repeated() -> Result<()> {
    let mut ground = Ground::memory()?;
    for mode in all() {
        let (scene, shim) = stand(&mut ground).await?;
        scene.connected().await?;
        shim.set(mode);
        let refused = write(&scene, Some("k1")).await?.with_context(|| format!("{mode:?}: an answer"))?;
        harmless(&scene, &refused, refused.is_temporary()).with_context(|| format!("{mode:?}"))?;
        shim.set(ShimMode::Pass);
        let told = write(&scene, Some("k1")).await?;
        let events = scene.mock.events(ACCOUNTS[0]).len();
        // A call that was cut off by its time is unknown, and nothing is sent again.
        let cut_off = refused == ToolError::Provider(ProviderError::OutcomeUnknown);
        let answered =
            if cut_off { told == Some(ToolError::InProgress) } else { told.is_none() && events == 1 };
        ensure!(answered && events <= 1, "{mode:?}: {refused:?}, then {told:?}, {events} events");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_writes_without_a_key_is_sent_once_and_told_as_unknown() -> Result<()> {
    let mut ground = Ground::memory()?;
    for mode in UNANSWERED {
        let (scene, shim) = stand(&mut ground).await?;
        scene.connected().await?;
        shim.set(mode);
        let told = write(&scene, None).await?;
        ensure!(told == Some(ToolError::Provider(ProviderError::OutcomeUnknown)), "{mode:?}: {told:?}");
        let sent = scene.mock.count_of(EVENTS_INSERT);
        ensure!(sent == 1, "{mode:?}: sent {sent} times");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_reads_may_be_repeated_whatever_the_network_did() -> Result<()> {
    let mut ground = Ground::memory()?;
    for mode in all() {
        let (scene, shim) = stand(&mut ground).await?;
        scene.connected().await?;
        let read = async || -> Result<_> {
            let permit = scene.bailee.authorize(&scene.caller()?, "list_events").await?;
            let days = json!({ "time_min": "2030-01-01T00:00:00Z", "time_max": "2030-01-02T00:00:00Z" });
            in_time(permit.call(days)).await
        };
        shim.set(mode);
        let refused = read().await?.err().with_context(|| format!("{mode:?}: an answer"))?;
        harmless(&scene, &refused, refused.is_temporary()).with_context(|| format!("{mode:?}"))?;
        shim.set(ShimMode::Pass);
        read().await??;
    }
    Ok(())
}
