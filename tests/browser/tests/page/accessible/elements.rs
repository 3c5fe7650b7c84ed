//! What hosts embed elsewhere.

use bailee::PermissionFlag;
use browser_tests::{ACME, ADA, CODING, on_stage};

use super::in_every_look;
use crate::threads::open;

#[test]
fn what_a_conversation_may_do_is_accessible_with_its_question() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.allow(ADA, ACME, &[PermissionFlag::CanQueryAvailability]).await?;
        host.call_in(ADA, CODING, ACME, "list_calendar_events").await?;
        open(stage, ACME).await?;
        window.see("Last used").await?;
        in_every_look(stage, "thread").await?;
        window.click("switch", "Act for me").await?;
        window.find("dialog", "Let Acme Scheduler act as you?").await?;
        in_every_look(stage, "thread-question").await
    })
}

#[test]
fn a_proposal_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let host = &stage.host;
        host.connect_google(ADA).await?;
        host.allow(ADA, ACME, &[PermissionFlag::CanRequestMeetings]).await?;
        host.propose(ADA, CODING, ACME, "Tea with Bob").await?;
        stage.open_as(ADA, "/embed/bailee-tasks").await?;
        stage.window.see("Tea with Bob").await?;
        in_every_look(stage, "tasks").await
    })
}

#[test]
fn a_warning_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.open_as(ADA, "/embed/bailee-integration-warning?service=google").await?;
        stage.window.see("Google is not connected.").await?;
        in_every_look(stage, "warning").await
    })
}
