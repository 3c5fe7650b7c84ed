//! What an agent's door needs.

use std::time::Duration;

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{ExposeSecret as _, Session};
use bailee_engine::Arrival;
use bailee_testkit::returned;

use crate::{failed::Failed, flow::Flow, scene::Scene};

/// An agent asks for an account, and its owner follows the link.
pub(crate) struct Asked;

#[async_trait]
impl Flow for Asked {
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let Scene { bailee, owner, .. } = scene;
        let page = bailee.request_connect(&scene.caller()?, "google", Some("a client")).await?;
        let nonce = bailee.nonce()?;
        let id = page.request.id.to_string();
        let link = bailee.accept_connect_request(owner, &id, nonce.clone()).await?;
        let back = scene.mock.approve(&link.url).map_err(anyhow::Error::from)?;
        let session: Session = scene.session();
        match bailee.arrived(returned("google", &back), Some(&session), Some(&nonce)).await? {
            Arrival::Finished { .. } => Ok(()),
            Arrival::HandedOver { .. } => Err(anyhow::anyhow!("sent to the page").into()),
        }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        scene.only().await?;
        scene.works().await
    }
}

/// The credential of a run is made, used and ended.
pub(crate) struct Run;

#[async_trait]
impl Flow for Run {
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let Scene { bailee, owner, .. } = scene;
        let run = bailee.run_token(&scene.caller()?, Duration::from_mins(5)).await?;
        let token = run.token.expose_secret();
        let known = bailee.run(token).await?.is_some();
        bailee.end_run(owner, run.id).await?;
        let over = bailee.run(token).await?.is_none();
        if known && over { Ok(()) } else { Err(anyhow::anyhow!("known {known}, over {over}").into()) }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        ensure!(scene.truth.list(&scene.owner, None, 1).await?.is_empty());
        Ok(())
    }
}
