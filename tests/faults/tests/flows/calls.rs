//! Tools are called.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{Action, Outcome, ProviderError};
use bailee_engine::ToolError;
use serde_json::{Value, json};

use crate::{
    failed::Failed,
    flow::Flow,
    scene::{ACCOUNTS, Scene},
};

/// The events of the calendar are listed.
pub(crate) struct Read;

#[async_trait]
impl Flow for Read {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let permit = scene.bailee.authorize(&scene.caller()?, "list_events").await?;
        permit
            .call(json!({ "time_min": "2030-01-01T00:00:00Z", "time_max": "2030-01-02T00:00:00Z" }))
            .await?;
        Ok(())
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        scene.noted(Action::Call, Some(Outcome::Ok), 1).await?;
        scene.works().await
    }
}

/// An event is written.
pub(crate) struct Write {
    pub(crate) key: Option<&'static str>,
}

impl Write {
    fn arguments(&self) -> Value {
        let mut arguments =
            json!({ "summary": "Tea", "start": "2030-01-01T10:00:00Z", "end": "2030-01-01T11:00:00Z" });
        if let (Some(key), Some(members)) = (self.key, arguments.as_object_mut()) {
            members.insert("idempotency_key".to_owned(), json!(key));
        }
        arguments
    }
}

#[async_trait]
impl Flow for Write {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await.map(drop)
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let permit = scene.bailee.authorize(&scene.caller()?, "create_event").await?;
        match permit.call(self.arguments()).await {
            // The store did not hear how a call under this key ended: nobody acts on it again.
            Err(ToolError::InProgress | ToolError::Provider(ProviderError::OutcomeUnknown))
                if scene.outage && self.key.is_some() =>
            {
                Ok(())
            }
            answer => Ok(answer.map(drop)?),
        }
    }

    /// Whoever was not told repeats it, and is answered.
    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        if self.key.is_some() {
            Self { key: self.key }.act(scene).await.map_err(Failed::broken)?;
        }
        let events = scene.mock.events(ACCOUNTS[0]).len();
        ensure!(events == 1 || events == 0 && scene.outage, "{events} events");
        scene.noted(Action::Call, Some(Outcome::Ok), 1).await?;
        scene.works().await
    }
}
