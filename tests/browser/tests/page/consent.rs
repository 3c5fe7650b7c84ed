//! The page to which an agent leads its owner.

use std::time::Duration;

use anyhow::ensure;
use bailee::Timings;
use browser_tests::{ADA, BOB, CODING, Stage, on_stage, on_stage_with};

use crate::{rig::buttons, served::keeps_to_its_policy};

pub(crate) const OVER: &str = "This link is no longer valid";

#[test]
fn an_agents_wish_is_granted_by_its_owner_under_the_strictest_policy() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let page = host.ask_to_connect(ADA, CODING, "google").await?;
        stage.sign_in(ADA).await?;
        window.goto(&page).await?;
        window.see("Google").await?;
        window.see("Coding").await?;
        window.click("button", "Continue").await?;
        window.arrives("/o/oauth2/v2/auth").await?;
        window.click("button", "Allow").await?;
        window.see("Connected. You can return to your agent.").await?;
        ensure!(host.tools_of(ADA, CODING).await?.contains("send_email"));
        keeps_to_its_policy(stage).await
    })
}

#[test]
fn an_owner_who_does_not_want_to_connects_nothing() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let page = host.ask_to_connect(ADA, CODING, "google").await?;
        stage.sign_in(ADA).await?;
        window.goto(&page).await?;
        window.click("button", "Not now").await?;
        window.see("Nothing was connected").await?;
        window.goto(&page).await?;
        window.see(OVER).await
    })
}

#[test]
fn nobody_else_can_answer_and_nobody_twice() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let page = host.ask_to_connect(ADA, CODING, "google").await?;
        stage.sign_in(BOB).await?;
        window.goto(&page).await?;
        window.see(OVER).await?;
        stage.sign_in(ADA).await?;
        window.goto(&page).await?;
        window.click("button", "Continue").await?;
        window.arrives("/o/oauth2/v2/auth").await?;
        window.goto(&page).await?;
        window.see(OVER).await
    })
}

#[test]
fn nobody_can_answer_when_the_time_is_over() -> anyhow::Result<()> {
    let soon = Timings::default().with_flow(Duration::from_millis(1));
    on_stage_with(soon, async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let page = host.ask_to_connect(ADA, CODING, "google").await?;
        stage.sign_in(ADA).await?;
        window.goto(&page).await?;
        window.see(OVER).await?;
        ensure!(buttons(&window.tree().await?).is_empty());
        Ok(())
    })
}

#[test]
fn the_page_works_without_scripts() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let page = host.ask_to_connect(ADA, CODING, "google").await?;
        stage.sign_in(ADA).await?;
        without_scripts(stage).await?;
        window.goto(&page).await?;
        window.click("button", "Continue").await?;
        window.arrives("/o/oauth2/v2/auth").await?;
        Ok(())
    })
}

async fn without_scripts(stage: &Stage) -> anyhow::Result<()> {
    stage.window.cdp("Emulation.setScriptExecutionDisabled", serde_json::json!({ "value": true })).await?;
    Ok(())
}
