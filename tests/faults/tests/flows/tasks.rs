//! Meetings are proposed and decided.

use anyhow::{Context as _, Result, ensure};
use async_trait::async_trait;
use bailee_core::{Caller, PermissionFlag, ProviderError, TaskId, TaskStatus, ThreadId};
use bailee_engine::Error;
use serde_json::json;

use crate::{
    failed::Failed,
    flow::Flow,
    scene::{ACCOUNTS, Scene},
};

async fn allow(scene: &Scene<'_>) -> Result<()> {
    let flags = [PermissionFlag::CanRequestMeetings].into_iter().collect();
    scene.bailee.set_thread_permissions(&scene.session(), &ThreadId::new("t1")?, flags, None).await?;
    Ok(())
}

async fn propose(scene: &Scene<'_>) -> Result<(), Failed> {
    let caller = Caller::counterpart(scene.owner.clone(), "p1", "t1").map_err(anyhow::Error::from)?;
    let permit = scene.bailee.authorize(&caller, "propose_meeting").await?;
    let slots = ["2099-01-01T10:00:00Z"];
    permit.call(json!({ "title": "Tea", "slots": slots, "duration_minutes": 30 })).await?;
    Ok(())
}

/// A counterpart proposes a meeting.
pub(crate) struct Propose;

#[async_trait]
impl Flow for Propose {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        allow(scene).await
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        propose(scene).await
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let tasks = scene.truth.list_tasks(&scene.owner, None, None, 10).await?;
        ensure!(tasks.len() == 1, "{} tasks", tasks.len());
        Ok(())
    }
}

/// Its owner accepts it, and it is booked.
#[derive(Default)]
pub(crate) struct Accept {
    id: Option<TaskId>,
}

#[async_trait]
impl Flow for Accept {
    async fn prepare(&mut self, scene: &Scene<'_>) -> Result<()> {
        scene.connected().await?;
        allow(scene).await?;
        propose(scene).await.map_err(Failed::broken)?;
        let tasks = scene.truth.list_tasks(&scene.owner, None, None, 10).await?;
        self.id = Some(tasks.first().context("no task")?.id);
        Ok(())
    }

    async fn act(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        scene.bailee.accept_task(&scene.session(), self.id.ok_or(Error::NotFound)?, None).await?;
        Ok(())
    }

    /// It may be accepted already, which is told.
    async fn again(&mut self, scene: &Scene<'_>) -> Result<(), Failed> {
        let unknown = Error::Provider(ProviderError::OutcomeUnknown);
        match self.act(scene).await {
            Err(Failed::Answered { told, .. }) if told == format!("{:?}", Error::Decided) => Ok(()),
            // The store did not hear how the booking ended.
            Err(Failed::Answered { told, .. }) if scene.outage && told == format!("{unknown:?}") => Ok(()),
            other => other,
        }
    }

    async fn check(&self, scene: &Scene<'_>) -> Result<()> {
        let task = scene.truth.find_task(&scene.owner, self.id.context("no task")?).await?;
        let status = task.context("the task is gone")?.status;
        let events = scene.mock.events(ACCOUNTS[0]).len();
        ensure!(status == TaskStatus::Accepted, "{status:?}");
        ensure!(events == 1 || events == 0 && scene.outage, "{events} events");
        Ok(())
    }
}
