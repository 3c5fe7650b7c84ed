//! Owners are told something.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{Notification, SecretString};
use bailee_engine::{JoinOptions, NotifyResult, Target};

use crate::{failed::Failed, flow::Flow, scene::Scene};

async fn join(scene: &Scene<'_>) -> Result<(), Failed> {
    let options = JoinOptions::new("channel", SecretString::from("{}"));
    scene.bailee.join(&scene.session(), options).await?;
    Ok(())
}

async fn notify(scene: &Scene<'_>) -> Result<(), Failed> {
    let news =
        Notification::new("playbook.finished", "Backup", "All is well.").map_err(anyhow::Error::from)?;
    for told in scene.bailee.notify(&scene.caller()?, Target::All, &news).await? {
        match told.result {
            NotifyResult::Delivered(_) | NotifyResult::Queued => {}
            NotifyResult::Failed(error) => return Err(bailee_engine::Error::Provider(error).into()),
            other => return Err(anyhow::anyhow!("{other:?}").into()),
        }
    }
    Ok(())
}

/// At least once, and under one id for each time that the caller said it.
fn delivered(scene: &Scene<'_>, said: usize) -> Result<()> {
    let delivered = scene.channel.delivered();
    let ids: BTreeSet<&String> = delivered.iter().collect();
    ensure!((1..=said).contains(&ids.len()), "{delivered:?} of {said}");
    Ok(())
}

/// A channel is joined.
pub(crate) struct Join;

#[async_trait]
impl Flow for Join {
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        join(scene).await
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        ensure!(scene.only().await?.provider.as_str() == "channel");
        notify(scene).await.map_err(Failed::broken)?;
        delivered(scene, 1)
    }
}

/// A notification that the channel takes.
#[derive(Default)]
pub(crate) struct Notify {
    said: usize,
}

#[async_trait]
impl Flow for Notify {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        join(scene).await.map_err(Failed::broken)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        self.said += 1;
        notify(scene).await
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        delivered(scene, self.said)
    }
}

/// One that it does not take at first.
#[derive(Default)]
pub(crate) struct Later {
    said: usize,
}

#[async_trait]
impl Flow for Later {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        join(scene).await.map_err(Failed::broken)?;
        scene.channel.set_busy(true);
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        self.said += 1;
        let queued = notify(scene).await;
        scene.channel.set_busy(false);
        queued?;
        scene.ground.later().await?;
        scene.bailee.tick().await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        delivered(scene, self.said)
    }
}
