//! The list: its words, its states while it loads, and what happens when somebody else changes it.

use anyhow::ensure;
use browser_tests::{ADA, BOB, Door, Stage, Trouble, on_stage};
use reqwest::StatusCode;

use crate::rig::{buttons, card, card_says};

const LIST: &str = "/v1/integrations";

#[test]
fn the_page_says_what_it_is_in_the_words_of_the_product() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        window.find("heading", "Integrations").await?;
        window.see("Connect external OAuth providers to your account.").await?;
        window.find("button", "Refresh").await?;
        ensure!(window.run("return document.title", Vec::new()).await? == "Integrations");
        let google = card(window, "Google").await?;
        ensure!(buttons(&google) == ["Connect"], "{google}");
        ensure!(google.one("button", "Connect")?.belongs_to("Google"));
        Ok(())
    })
}

#[test]
fn a_connected_account_has_its_badge_its_id_and_its_actions() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let google = stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(&stage.window, "Google", "ada@example.test").await?;
        card_says(&stage.window, "Google", google.account.id.as_str()).await?;
        card_says(&stage.window, "Google", "Valid").await?;
        let card = card(&stage.window, "Google").await?;
        for action in ["Validate", "Reconnect", "Disconnect"] {
            ensure!(card.one("button", action)?.belongs_to("Google"), "{card}");
        }
        ensure!(card.all("button", "Connect").is_empty(), "{card}");
        Ok(())
    })
}

#[test]
fn a_card_says_how_far_its_access_goes() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(&stage.window, "Google", "Connect Gmail, Calendar, and Drive with read and write access.")
            .await
    })
}

#[test]
fn everybody_sees_their_own_accounts_alone() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.connect_google(ADA).await?;
        stage.open_as(BOB, "/integrations").await?;
        let google = card(&stage.window, "Google").await?;
        ensure!(buttons(&google) == ["Connect"], "{google}");
        ensure!(!google.text().contains("ada@example.test"), "{google}");
        Ok(())
    })
}

#[test]
fn a_load_that_fails_can_be_repeated() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.trouble("GET", LIST, Trouble::Answer(StatusCode::SERVICE_UNAVAILABLE));
        stage.open_as(ADA, "/integrations").await?;
        window.hear("alert", "Failed to load integrations").await?;
        window.click("button", "Retry").await?;
        window
            .until("the focus on the alert", async || {
                Ok(window.tree().await?.focused().is_some_and(|node| node.role == "alert").then_some(()))
            })
            .await?;
        stage.host.heal();
        window.click("button", "Retry").await?;
        card(window, "Google").await?;
        window.gone("Failed to load integrations").await
    })
}

#[test]
fn a_refresh_that_fails_keeps_the_cards() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        card(window, "Google").await?;
        stage.host.trouble("GET", LIST, Trouble::Answer(StatusCode::SERVICE_UNAVAILABLE));
        window.click("button", "Refresh").await?;
        window.hear("alert", "Failed to load integrations").await?;
        card(window, "Google").await?;
        Ok(())
    })
}

#[test]
fn a_slow_load_says_that_it_loads() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (window, door) = (&stage.window, Door::default());
        stage.host.trouble("GET", LIST, Trouble::Hold(door.clone()));
        stage.open_as(ADA, "/integrations").await?;
        window.hear("status", "Loading integrations").await?;
        window.picture("loading-light-1100").await?;
        door.open();
        card(window, "Google").await?;
        window.gone("Loading integrations").await
    })
}

#[test]
fn a_load_without_connection_keeps_what_was_seen() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        go_offline(stage).await?;
        card(window, "Google").await?;
        window.offline(false).await?;
        window.gone("You are offline.").await
    })
}

#[test]
fn somebody_whose_session_has_ended_is_led_to_the_sign_in() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open("/integrations").await?;
        window.see("Your session has ended.").await?;
        window.click("link", "Sign in").await?;
        window.arrives("/sign-in").await?;
        Ok(())
    })
}

#[test]
fn what_another_window_did_is_told_and_shown() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        let google = stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        window.find_in("Google", "button", "Validate").await?;
        stage.host.bailee.disconnect(&ADA.owner()?, google.id).await?;
        window.click_in("Google", "button", "Validate").await?;
        window.hear("status", "It is not there any more.").await?;
        window.find_in("Google", "button", "Connect").await?;
        Ok(())
    })
}

#[test]
fn a_switch_that_another_window_turned_is_not_turned_back_unseen() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        let google = stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        window.find_in("Google", "switch", "Agents may use it").await?;
        stage.host.set_enabled(ADA, &google, false).await?;
        window.click_in("Google", "switch", "Agents may use it").await?;
        window.hear("status", "Changed in another window.").await?;
        card_says(window, "Google", "Turned off").await?;
        ensure!(!stage.host.integration(ADA, "google").await?.enabled);
        Ok(())
    })
}

#[test]
fn an_account_that_is_turned_off_says_so_until_it_is_turned_on() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "switch", "Agents may use it").await?;
        card_says(window, "Google", "Turned off").await?;
        ensure!(!stage.host.tools_of(ADA, browser_tests::CODING).await?.contains("send_email"));
        let off = card(window, "Google").await?;
        ensure!(buttons(&off) == ["Disconnect"], "{off}");
        window.click_in("Google", "switch", "Agents may use it").await?;
        card_says(window, "Google", "Valid").await?;
        ensure!(stage.host.tools_of(ADA, browser_tests::CODING).await?.contains("send_email"));
        Ok(())
    })
}

/// Loses the connection with the list open.
pub(crate) async fn go_offline(stage: &Stage) -> anyhow::Result<()> {
    let window = &stage.window;
    stage.open_as(ADA, "/integrations").await?;
    card(window, "Google").await?;
    window.offline(true).await?;
    window.see("You are offline. Showing the last known state.").await
}
