//! Tokens are refreshed, and grants die.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{ExposeSecret as _, Lifecycle, StatusReason};
use bailee_engine::TokenError;

use crate::{
    failed::Failed,
    flow::Flow,
    scene::{ACCOUNTS, Scene},
};

/// A token has expired, at a provider that takes each refresh token once.
pub(crate) struct Refresh;

#[async_trait]
impl Flow for Refresh {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.expired().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let live = scene.bailee.token(&scene.owner, "google").await?;
        if !scene.mock.is_live(live.token().expose_secret()) {
            return Err(anyhow::anyhow!("a dead token was served").into());
        }
        Ok(scene.until_written(live.integration(), 1).await?)
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let (refreshes, reuses) = (scene.mock.count("/token", Some("refresh_token")), scene.mock.reuses());
        ensure!((refreshes, reuses) == (1, 0), "{refreshes} refreshes, {reuses} of them too many");
        ensure!(scene.only().await?.lifecycle == Lifecycle::Connected);
        scene.works().await
    }
}

/// The user took the grant away at the provider.
pub(crate) struct Dead;

#[async_trait]
impl Flow for Dead {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.expired().await?;
        scene.mock.revoke_by_user(ACCOUNTS[0]);
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        match scene.bailee.token(&scene.owner, "google").await {
            // A flight that was cut off before its verdict looks to the next one like a lost answer.
            Err(TokenError::NeedsReconnect {
                reason: StatusReason::Revoked | StatusReason::OutcomeLost,
                ..
            }) => Ok(()),
            Err(other) => Err(other.into()),
            Ok(_) => Err(anyhow::anyhow!("a dead grant was refreshed").into()),
        }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let row = scene.only().await?;
        ensure!(row.lifecycle == Lifecycle::NeedsReconnect, "{row:?}");
        Ok(())
    }
}

/// The provider refuses a token that should live, which is refreshed once.
pub(crate) struct Refused;

#[async_trait]
impl Flow for Refused {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await?;
        scene.mock.expire_access_tokens();
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let live = scene.bailee.token(&scene.owner, "google").await?;
        if scene.mock.is_live(live.token().expose_secret()) {
            return Ok(());
        }
        let newer = scene.bailee.rejected(&live).await?;
        if !scene.mock.is_live(newer.token().expose_secret()) {
            return Err(anyhow::anyhow!("a dead token was served").into());
        }
        Ok(scene.until_written(newer.integration(), 1).await?)
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let refreshes = scene.mock.count("/token", Some("refresh_token"));
        ensure!(refreshes == 1, "{refreshes} refreshes");
        scene.works().await
    }
}
