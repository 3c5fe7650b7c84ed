//! Whether an account still works, and how it is repaired.

use anyhow::ensure;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use browser_tests::{ADA, CODING, on_stage};

use crate::rig::{buttons, card, card_says, consent};

#[test]
fn an_account_that_works_is_valid_also_after_a_reload() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Validate").await?;
        window.hear("status", "Google is valid.").await?;
        card_says(window, "Google", "Checked").await?;
        window.reload().await?;
        card_says(window, "Google", "Valid").await?;
        card_says(window, "Google", "Checked").await
    })
}

#[test]
fn an_account_whose_access_was_taken_back_is_invalid_and_offers_the_repair_first() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.mocks.google.revoke_by_user("ada@example.test");
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Validate").await?;
        let told = "Google no longer accepts this connection. Reconnect to restore access.";
        window.hear("status", told).await?;
        card_says(window, "Google", "Invalid").await?;
        card_says(window, "Google", "Access was removed at Google on").await?;
        window.reload().await?;
        card_says(window, "Google", "Invalid").await?;
        let card = card(window, "Google").await?;
        ensure!(buttons(&card).first() == Some(&"Reconnect"), "{card}");
        Ok(())
    })
}

#[test]
fn an_account_that_cannot_be_asked_is_unknown() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.mocks.google.fault(Endpoint::UserInfo, Fault::Unavailable { retry_after: None });
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Validate").await?;
        card_says(window, "Google", "Unknown").await?;
        window.reload().await?;
        card_says(window, "Google", "Unknown").await
    })
}

#[test]
fn a_repaired_account_is_the_same_row_with_the_same_agents() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let before = host.connect_google(ADA).await?;
        host.limit_to(ADA, &before, &[CODING]).await?;
        host.mocks.google.revoke_by_user("ada@example.test");
        host.bailee.validate(&ADA.owner()?, before.id).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Google", "Invalid").await?;
        window.click_in("Google", "button", "Reconnect").await?;
        consent(window, "Allow").await?;
        card_says(window, "Google", "Valid").await?;
        card_says(window, "Google", "Scope: 1 agent").await?;
        let after = host.integration(ADA, "google").await?;
        ensure!(after.id == before.id);
        ensure!(host.tools_of(ADA, CODING).await?.contains("send_email"));
        ensure!(!host.tools_of(ADA, browser_tests::VZFINANCE).await?.contains("send_email"));
        Ok(())
    })
}

#[test]
fn another_account_is_refused_where_one_is_to_be_repaired() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.mocks.add_grace();
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Reconnect").await?;
        window.click("radio", "grace (grace@example.test)").await?;
        consent(window, "Allow").await?;
        window.hear("alert", "Failed to connect integration").await?;
        window.see("This is another account than the one that is connected").await?;
        ensure!(host.integration(ADA, "google").await?.account.label.as_deref() == Some("ada@example.test"));
        Ok(())
    })
}

#[test]
fn tools_that_were_not_allowed_are_named_and_can_be_granted() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let scope = "https://www.googleapis.com/auth/gmail.send";
        host.connect_google_without(ADA, &[scope]).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Google", "1 tool needs more access: send_email").await?;
        window.click_in("Google", "button", "Grant access").await?;
        consent(window, "Allow").await?;
        card_says(window, "Google", "Valid").await?;
        window.gone("needs more access").await?;
        ensure!(host.tools_of(ADA, CODING).await?.contains("send_email"));
        Ok(())
    })
}
