//! The background worker has its turn.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_engine::Disconnected;
use bailee_testkit::mock_provider::{Endpoint, Fault};

use crate::{failed::Failed, flow::Flow, scene::Scene};

/// It revokes what could not be revoked before.
pub(crate) struct Turn;

#[async_trait]
impl Flow for Turn {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await?;
        scene.mock.fault(Endpoint::Revoke, Fault::Status(503)).once();
        let outcome = scene.bailee.disconnect(&scene.owner, "google").await?;
        ensure!(outcome == Disconnected::Pending, "{outcome:?}");
        scene.ground.later().await
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        scene.bailee.tick().await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        ensure!(scene.truth.list(&scene.owner, None, 10).await?.is_empty(), "a row is left");
        ensure!(scene.mock.live_grants() == 0, "a grant is left");
        Ok(())
    }
}
