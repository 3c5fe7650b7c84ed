//! How an account goes.

use anyhow::ensure;
use bailee::PermissionFlag;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use browser_tests::{ACME, ADA, CODING, Stage, Trouble, on_stage};
use serde_json::json;
use thirtyfour::Key;

use crate::rig::{buttons, card, card_says};

const TITLE: &str = "Disconnect Google?";

#[test]
fn before_an_account_goes_the_page_says_who_loses_what() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.allow(ADA, ACME, &[PermissionFlag::CanPostOnMyBehalf]).await?;
        ask(stage).await?;
        let tree = window.tree().await?;
        let dialog = tree.inside(&tree.one("dialog", TITLE)?);
        let text = dialog.text();
        for part in [
            "ada@example.test",
            "Your agents lose 18 tools now",
            "create_event",
            "VZFinance",
            "Acme Scheduler",
            "Access is revoked at Google and the stored token is deleted. Your files and mail stay.",
        ] {
            ensure!(text.contains(part), "no {part:?} in {text}");
        }
        ensure!(buttons(&dialog) == ["Cancel", "Disconnect"], "{dialog}");
        window.focus_is_on("button", "Cancel").await
    })
}

#[test]
fn who_thinks_better_of_it_keeps_the_account() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        ask(stage).await?;
        window.press(Key::Escape).await?;
        window.focus_is_on("button", "Disconnect").await?;
        window.press(Key::Enter).await?;
        window.find("dialog", TITLE).await?;
        window.click("button", "Cancel").await?;
        window.focus_is_on("button", "Disconnect").await?;
        ensure!(!host.seen().iter().any(|seen| seen.method == "DELETE"));
        ensure!(host.mocks.google.live_grants() == 1);
        Ok(())
    })
}

#[test]
fn an_account_that_goes_is_revoked_at_the_provider() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        disconnect(stage).await?;
        window.hear("status", "Google disconnected.").await?;
        let card = card(window, "Google").await?;
        ensure!(buttons(&card) == ["Connect"], "{card}");
        ensure!(host.mocks.google.count_of(Endpoint::Revoke) == 1);
        ensure!(host.mocks.google.live_grants() == 0);
        ensure!(host.tools_of(ADA, CODING).await?.iter().all(|tool| tool != "send_email"));
        window.focus_is_on("heading", "Google").await
    })
}

#[test]
fn a_revocation_that_is_under_way_is_told() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.mocks.google.fault(Endpoint::Revoke, Fault::Unavailable { retry_after: None });
        disconnect(stage).await?;
        window.hear("status", "Removed here. Access at Google is still being revoked.").await?;
        card_says(window, "Google", "Removing access at Google…").await?;
        window.find_in("Google", "button", "Connect").await?;
        Ok(())
    })
}

#[test]
fn an_account_that_somebody_else_has_as_well_is_not_revoked() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.connect_google(browser_tests::BOB).await?;
        disconnect(stage).await?;
        let told =
            "Removed here. Another connection uses the same Google account, so access at Google stays.";
        window.hear("status", told).await?;
        ensure!(host.mocks.google.count_of(Endpoint::Revoke) == 0);
        Ok(())
    })
}

#[test]
fn a_revocation_that_nobody_confirmed_is_told_with_the_way_to_do_it_by_hand() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.trouble("DELETE", "/v1/integrations/", Trouble::Reply(json!({ "revocation": "failed" })));
        disconnect(stage).await?;
        let told = "Removed here. Google could not confirm revocation; remove access at Google too";
        window.hear("status", told).await?;
        card_says(window, "Google", told).await?;
        window.find("link", "Manage access at Google").await?;
        Ok(())
    })
}

#[test]
fn an_account_that_was_granted_nowhere_else_is_deleted_here() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.join_email(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Email", "Valid").await?;
        window.click_in("Email", "button", "Disconnect").await?;
        window.find("dialog", "Disconnect Email?").await?;
        window.see("The stored credentials are deleted. What is kept at Email stays.").await?;
        window.click("button", "Disconnect").await?;
        let told = "Email disconnected.";
        window.hear("status", told).await?;
        window.find_in("Email", "button", "Connect").await?;
        ensure!(host.integrations(ADA).await?.is_empty());
        Ok(())
    })
}

async fn ask(stage: &Stage) -> anyhow::Result<()> {
    stage.open_as(ADA, "/integrations").await?;
    // The dialog says what is known by then: what agents can do comes after the list.
    card_says(&stage.window, "Google", "tools").await?;
    stage.window.click_in("Google", "button", "Disconnect").await?;
    stage.window.find("dialog", TITLE).await?;
    Ok(())
}

async fn disconnect(stage: &Stage) -> anyhow::Result<()> {
    ask(stage).await?;
    // What is behind the dialog cannot be used.
    stage.window.click("button", "Disconnect").await
}
