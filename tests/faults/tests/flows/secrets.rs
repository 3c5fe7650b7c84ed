//! Named secrets.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{ExposeSecret as _, Scope, SecretId, SecretName, SecretString};
use bailee_engine::Error;

use crate::{failed::Failed, flow::Flow, scene::Scene};

fn name() -> Result<SecretName> {
    Ok(SecretName::new("door")?)
}

async fn create(scene: &Scene<'_>) -> Result<SecretId, Failed> {
    let value = SecretString::from("4711");
    Ok(scene.bailee.create_secret(&scene.session(), name()?, &value, Scope::All).await?.id)
}

async fn value(scene: &Scene<'_>) -> Result<String, Failed> {
    let value = scene.bailee.secret(&scene.caller()?, &name()?).await?;
    Ok(value.expose_secret().to_owned())
}

async fn holds(scene: &Scene<'_>, wanted: &str) -> Result<()> {
    let found = value(scene).await.map_err(Failed::broken)?;
    ensure!(found == wanted, "another value");
    Ok(())
}

/// One is written.
pub(crate) struct Create;

#[async_trait]
impl Flow for Create {
    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        create(scene).await.map(drop)
    }

    /// It may be there already, which is told.
    async fn again(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        match create(scene).await {
            Err(Failed::Answered { told, .. }) if told == format!("{:?}", Error::Taken) => Ok(()),
            other => other.map(drop),
        }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        holds(scene, "4711").await
    }
}

/// One is read.
pub(crate) struct Read;

#[async_trait]
impl Flow for Read {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        create(scene).await.map(drop).map_err(Failed::broken)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        value(scene).await.map(drop)
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        holds(scene, "4711").await
    }
}

/// One gets another value.
#[derive(Default)]
pub(crate) struct Change {
    id: Option<SecretId>,
}

#[async_trait]
impl Flow for Change {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.id = Some(create(scene).await.map_err(Failed::broken)?);
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let (id, value) = (self.id.ok_or(Error::NotFound)?, SecretString::from("1174"));
        scene.bailee.update_secret(&scene.session(), id, None, Some(&value), None).await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        holds(scene, "1174").await
    }
}

/// One is erased.
#[derive(Default)]
pub(crate) struct Erase {
    id: Option<SecretId>,
}

#[async_trait]
impl Flow for Erase {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.id = Some(create(scene).await.map_err(Failed::broken)?);
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        Ok(scene.bailee.delete_secret(&scene.session(), self.id.ok_or(Error::NotFound)?).await?)
    }

    /// It may be gone already, which is told.
    async fn again(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        match self.act(scene).await {
            Err(Failed::Answered { told, .. }) if told == format!("{:?}", Error::NotFound) => Ok(()),
            other => other,
        }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let left = scene.truth.list_secrets(&scene.owner, None, 10).await?.len();
        ensure!(left == 0, "{left} secrets");
        Ok(())
    }
}
