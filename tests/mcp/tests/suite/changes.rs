//! Who is told that tools changed.

use std::time::Duration;

use anyhow::Context as _;
use bailee_core::{ExposeSecret as _, PermissionFlag, ProfileIds, Scope};
use bailee_mcp::RunTokens;
use bailee_testkit::connected;
use mcp_tests::{Agent, Era, Rig, caller};
use rmcp::model::{ServerNotification, SubscriptionFilter};

/// A run is at most this long.
const RUN: Duration = Duration::from_mins(15);

async fn agent(rig: &Rig, era: Era, name: &str) -> anyhow::Result<Agent> {
    let run = rig.bailee.run_token(&caller(name)?, RUN).await?;
    Agent::plain(rig, era, run.token.expose_secret()).await
}

/// A stream of changes.
macro_rules! listen {
    ($agent:expr) => {
        $agent.client().listen(SubscriptionFilter::builder().tools_list_changed().build()).await?
    };
}

/// Waits for the next thing that is told.
macro_rules! next {
    ($stream:expr) => {
        tokio::time::timeout(Duration::from_secs(10), $stream.next()).await.context("nothing was told")??
    };
}

/// How often a change is told from now on, until the credential expires and the stream ends with it.
macro_rules! rest {
    ($rig:expr, $stream:expr) => {{
        let mut told = 0;
        $rig.clock.advance(RUN);
        while let Some(notification) = next!($stream) {
            assert!(matches!(notification, ServerNotification::ToolListChangedNotification(_)));
            told += 1;
        }
        told
    }};
}

#[tokio::test]
async fn a_change_is_told_to_those_whose_tools_changed_and_to_nobody_else() -> anyhow::Result<()> {
    let rig = Rig::with(|_| RunTokens).await?;
    let (ada, second) = (agent(&rig, Era::Modern, "ada_1").await?, agent(&rig, Era::Modern, "ada_2").await?);
    let (thread, bob) = (agent(&rig, Era::Modern, "ada_t").await?, agent(&rig, Era::Modern, "bob_1").await?);
    let (mut ada, mut second) = (listen!(ada), listen!(second));
    let (mut thread, mut bob) = (listen!(thread), listen!(bob));
    // Four streams, and the one that asks the store.
    rig.clock.until_asleep(5).await;
    let row = rig.connect("ada").await?;
    assert!(next!(ada).is_some());
    assert!(next!(second).is_some());
    rig.grant(&row, Scope::Agents(ProfileIds::new(["ada_1".try_into()?])?)).await?;
    assert!(next!(second).is_some());
    rig.allow("ada", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    assert!(next!(thread).is_some());
    rig.clock.until_asleep(5).await;
    assert_eq!(rest!(rig, ada), 0, "ada's first agent was told of what is not its own");
    assert_eq!(rest!(rig, second), 0, "ada's second agent");
    assert_eq!(rest!(rig, thread), 0, "the other party");
    assert_eq!(rest!(rig, bob), 0, "bob");
    Ok(())
}

#[tokio::test]
async fn a_change_of_another_process_is_told_too() -> anyhow::Result<()> {
    let rig = Rig::with(|_| RunTokens).await?;
    let agent = agent(&rig, Era::Modern, "ada_1").await?;
    let mut stream = listen!(agent);
    // The stream and the one that asks the store.
    rig.clock.until_asleep(2).await;
    let owner = caller("ada_1")?.owner().clone();
    let row = connected(&rig.second()?, &rig.mock, &owner, "google").await;
    row.map_err(anyhow::Error::from_boxed)?;
    rig.clock.advance(Duration::from_secs(1));
    assert!(next!(stream).is_some());
    Ok(())
}

#[tokio::test]
async fn a_session_of_the_version_before_is_told_as_well() -> anyhow::Result<()> {
    let rig = Rig::with(|_| RunTokens).await?;
    let agent = agent(&rig, Era::Legacy, "ada_1").await?;
    rig.clock.until_asleep(2).await;
    rig.connect("ada").await?;
    agent.told().await
}

#[tokio::test]
async fn a_stream_ends_when_its_credential_expires() -> anyhow::Result<()> {
    let rig = Rig::with(|_| RunTokens).await?;
    let agent = agent(&rig, Era::Modern, "ada_1").await?;
    let mut stream = listen!(agent);
    rig.clock.until_asleep(2).await;
    rig.clock.advance(RUN);
    assert!(next!(stream).is_none());
    Ok(())
}

#[tokio::test]
async fn every_cause_is_told() -> anyhow::Result<()> {
    let rig = Rig::in_real_time(|_| RunTokens).await?;
    let (own, thread) = (agent(&rig, Era::Modern, "ada_1").await?, agent(&rig, Era::Modern, "ada_t").await?);
    let (mut own, mut thread) = (listen!(own), listen!(thread));
    let row = rig.connect("ada").await?;
    assert!(next!(own).is_some(), "connect");
    rig.enable(&row, false).await?;
    assert!(next!(own).is_some(), "disable");
    rig.enable(&row, true).await?;
    assert!(next!(own).is_some(), "enable");
    rig.allow("ada", &[PermissionFlag::CanPostOnMyBehalf]).await?;
    assert!(next!(thread).is_some(), "a flag");
    rig.mock.revoke_by_user(row.account.id.as_str());
    rig.bailee.validate(&row.owner, "google").await?;
    assert!(next!(thread).is_some(), "the status");
    rig.bailee.disconnect(&row.owner, row.id).await?;
    assert!(next!(own).is_some(), "disconnect");
    rig.directory.delete("ada_1");
    rig.bailee.profiles_changed(&row.owner).await?;
    assert!(next!(own).is_some(), "a profile");
    Ok(())
}
