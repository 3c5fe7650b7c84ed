//! What owners do with their integrations.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{
    Action, PermissionFlag, ProfileId, ProfileIds, Scope, Status, ThreadId, ThreadPermissions,
    store::IntegrationChange,
};
use bailee_engine::Disconnected;

use crate::{failed::Failed, flow::Flow, scene::Scene};

/// An integration is taken away.
pub(crate) struct Disconnect;

#[async_trait]
impl Flow for Disconnect {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        match scene.bailee.disconnect(&scene.owner, "google").await? {
            Disconnected::None | Disconnected::Pending | Disconnected::Revoked => Ok(()),
            other => Err(anyhow::anyhow!("{other:?}").into()),
        }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        ensure!(scene.truth.list(&scene.owner, None, 10).await?.is_empty(), "a row is left");
        ensure!(scene.mock.live_grants() == 0, "a grant is left");
        Ok(())
    }
}

/// A profile alone may use an integration, which is turned off.
pub(crate) struct Update;

#[async_trait]
impl Flow for Update {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let row = scene.only().await?;
        let change = IntegrationChange { scope: Some(agents()?), enabled: Some(false), ..Default::default() };
        scene.bailee.update(&scene.session(), row.id, None, change).await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let row = scene.only().await?;
        ensure!((&row.scope, row.enabled) == (&agents()?, false), "{row:?}");
        ensure!((2..=3).contains(&row.version), "version {}", row.version);
        scene.noted(Action::Update, None, 1).await
    }
}

fn agents() -> Result<Scope> {
    Ok(Scope::Agents(ProfileIds::new([ProfileId::new("p1")?])?))
}

/// A flag is turned on in a thread.
pub(crate) struct Threads;

#[async_trait]
impl Flow for Threads {
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let thread = ThreadId::new("t1").map_err(anyhow::Error::from)?;
        scene.bailee.set_thread_permissions(&scene.session(), &thread, flags(), None).await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let grant = scene.truth.thread_grant(&scene.owner, &ThreadId::new("t1")?).await?;
        ensure!(grant.permissions == flags() && (1..=2).contains(&grant.version), "{grant:?}");
        scene.noted(Action::ThreadPermissions, None, 1).await
    }
}

fn flags() -> ThreadPermissions {
    [PermissionFlag::CanRequestMeetings].into_iter().collect()
}

/// The provider is asked for a verdict.
pub(crate) struct Validate;

#[async_trait]
impl Flow for Validate {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let validated = scene.bailee.validate(&scene.owner, "google").await?;
        let told = validated.integration.status;
        if validated.is_valid { Ok(()) } else { Err(anyhow::anyhow!("told {told:?}").into()) }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let row = scene.only().await?;
        ensure!(row.status == Status::Valid && row.validated_at.is_some(), "{row:?}");
        scene.works().await
    }
}
