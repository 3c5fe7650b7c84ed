//! Which agents may use an account.

use anyhow::ensure;
use browser_tests::{ADA, CODING, ORGANIZER, Stage, VZFINANCE, on_stage};
use serde_json::json;

use crate::rig::{card, card_says};

const TITLE: &str = "Scope · Google";
const ALL: &str = "All agents Every agent you own, including future ones";
pub(crate) const SOME: &str = "Specific agents";

#[test]
fn an_account_is_everybodys_until_agents_are_chosen_and_again_later() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        open_editor(stage, "Scope: All agents").await?;
        ensure!(window.find("radio", ALL).await?.is("checked"));
        window.click("radio", SOME).await?;
        window.click("checkbox", "VZFinance").await?;
        window.click("checkbox", "Organizer").await?;
        window.click("button", "Save").await?;
        card_says(window, "Google", "Scope: 2 agents").await?;
        for (profile, has) in [(VZFINANCE, true), (ORGANIZER, true), (CODING, false)] {
            ensure!(host.mcp_tools_of(ADA, profile).await?.contains("send_email") == has, "{profile}");
        }
        window.click_in("Google", "button", "Scope: 2 agents").await?;
        ensure!(window.find("checkbox", "VZFinance").await?.is("checked"));
        ensure!(!window.find("checkbox", "Coding").await?.is("checked"));
        window.click("radio", ALL).await?;
        window.click("button", "Save").await?;
        card_says(window, "Google", "Scope: All agents").await?;
        ensure!(host.mcp_tools_of(ADA, CODING).await?.contains("send_email"));
        Ok(())
    })
}

#[test]
fn before_it_is_saved_the_editor_says_who_loses_and_keeps_what() -> anyhow::Result<()> {
    on_stage(async |stage| {
        choose_vzfinance(stage).await?;
        stage.window.see("Coding and Organizer lose").await
    })
}

#[test]
fn nobody_is_no_choice() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        open_editor(stage, "Scope: All agents").await?;
        window.click("radio", SOME).await?;
        window.click("button", "Save").await?;
        window.hear("alert", "Choose at least one agent, or All agents").await?;
        ensure!(!stage.host.seen().iter().any(|seen| seen.method == "PATCH"));
        Ok(())
    })
}

#[test]
fn an_editor_that_is_closed_changes_nothing() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        open_editor(stage, "Scope: All agents").await?;
        window.click("radio", SOME).await?;
        window.click("checkbox", "Coding").await?;
        window.click("button", "Cancel").await?;
        window.focus_is_on("button", "Scope: All agents").await?;
        window.click_in("Google", "button", "Scope: All agents").await?;
        ensure!(window.find("radio", ALL).await?.is("checked"), "what was chosen is forgotten");
        ensure!(!stage.host.seen().iter().any(|seen| seen.method == "PATCH"));
        Ok(())
    })
}

#[test]
fn agents_are_found_by_their_names() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        open_editor(stage, "Scope: All agents").await?;
        window.click("radio", SOME).await?;
        window.find("checkbox", "Coding").await?;
        window.fill("searchbox", "Search agents", "vz").await?;
        window
            .until("one agent", async || {
                Ok((window.tree().await?.of_role("checkbox").len() == 1).then_some(()))
            })
            .await?;
        window.click("checkbox", "VZFinance").await?;
        window.fill("searchbox", "Search agents", "nobody is called so").await?;
        window.hear("status", "No agent has this name.").await?;
        window.click("button", "Save").await?;
        card_says(window, "Google", "Scope: 1 agent").await
    })
}

#[test]
fn a_change_in_another_window_is_not_written_over() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let google = host.connect_google(ADA).await?;
        open_editor(stage, "Scope: All agents").await?;
        host.limit_to(ADA, &google, &[ORGANIZER]).await?;
        window.click("radio", SOME).await?;
        window.click("checkbox", "Coding").await?;
        window.click("button", "Save").await?;
        window.hear("alert", "Changed in another window").await?;
        ensure!(!host.tools_of(ADA, CODING).await?.contains("send_email"));
        window.click("button", "Reload").await?;
        ensure!(window.find("checkbox", "Organizer").await?.is("checked"));
        ensure!(!window.find("checkbox", "Coding").await?.is("checked"));
        Ok(())
    })
}

#[test]
fn an_agent_that_is_gone_is_told_on_the_field() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        open_editor(stage, "Scope: All agents").await?;
        window.click("radio", SOME).await?;
        window.click("checkbox", "Coding").await?;
        host.forget_agent(CODING);
        window.click("button", "Save").await?;
        window.hear("alert", "An agent that you chose is not there any more.").await?;
        ensure!(window.tree().await?.all("checkbox", "Coding").is_empty(), "the list is read anew");
        ensure!(host.integration(ADA, "google").await?.scope == bailee::Scope::All);
        Ok(())
    })
}

#[test]
fn the_editor_works_as_an_element_of_its_own() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let google = host.connect_google(ADA).await?;
        let events = "window.events = [];
            addEventListener('bailee:scope-changed', (event) => events.push(event.detail));";
        window.before_scripts(events).await?;
        stage.open_as(ADA, &format!("/embed/bailee-scope?integration-id={}", google.id)).await?;
        window.click("button", "Scope: All agents").await?;
        window.click("radio", SOME).await?;
        window.click("checkbox", "Coding").await?;
        window.click("button", "Save").await?;
        window.find("button", "Scope: 1 agent").await?;
        let events = window.run("return events", Vec::new()).await?;
        let told = json!([{
            "integration_id": google.id.to_string(), "provider": "google", "scope": "agents", "profile_ids": [CODING],
        }]);
        ensure!(events == told, "{events}");
        Ok(())
    })
}

/// Chooses one agent in the editor, and reads that it keeps what the others lose.
pub(crate) async fn choose_vzfinance(stage: &Stage) -> anyhow::Result<()> {
    let window = &stage.window;
    stage.host.connect_google(ADA).await?;
    open_editor(stage, "Scope: All agents").await?;
    window.click("radio", SOME).await?;
    window.click("checkbox", "VZFinance").await?;
    window.see("VZFinance keeps access.").await
}

pub(crate) async fn open_editor(stage: &Stage, label: &str) -> anyhow::Result<()> {
    stage.open_as(ADA, "/integrations").await?;
    card(&stage.window, "Google").await?;
    // What is said of tools comes after the list.
    card_says(&stage.window, "Google", "tools").await?;
    stage.window.click_in("Google", "button", label).await?;
    stage.window.find("dialog", TITLE).await?;
    Ok(())
}
