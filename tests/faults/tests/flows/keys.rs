//! Keys change.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{
    Scope, SecretName, SecretString, Vault as _,
    store::{KeyCount, SealedTable},
};

use crate::{failed::Failed, flow::Flow, scene::Scene};

/// A credential and a secret are sealed again with a newer key.
pub(crate) struct Rewrap;

#[async_trait]
impl Flow for Rewrap {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await?;
        let (name, value) = (SecretName::new("door")?, SecretString::from("4711"));
        scene.bailee.create_secret(&scene.session(), name, &value, Scope::All).await?;
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        scene.rotated()?.rewrap().await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let left = scene.truth.records_by_key().await?;
        let newer = scene.ground.ring(true)?.primary();
        let of = |table| KeyCount { table, key: Some(newer), records: 1 };
        ensure!(left == [of(SealedTable::Integrations), of(SealedTable::Secrets)], "{left:?}");
        scene.works().await
    }
}
