//! What a screen reader is told of the main states, as a whole: `snapshots/` has it in words.

use bailee_testkit::mock_provider::{Endpoint, Fault};
use browser_tests::{ACME, ADA, on_stage, told};

use crate::{callback::come_back, forms, rig::card_says, scope::choose_vzfinance, threads};

#[test]
fn the_list_with_an_account_is_told_as_before() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(&stage.window, "Google", "tools").await?;
        told("list", &stage.window.tree().await?)
    })
}

#[test]
fn the_question_before_an_account_goes_is_told_as_before() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Google", "tools").await?;
        window.click_in("Google", "button", "Disconnect").await?;
        window.focus_is_on("button", "Cancel").await?;
        told("disconnect", &window.tree().await?)
    })
}

#[test]
fn the_choice_of_agents_is_told_as_before() -> anyhow::Result<()> {
    on_stage(async |stage| {
        choose_vzfinance(stage).await?;
        told("scope", &stage.window.tree().await?)
    })
}

#[test]
fn what_a_conversation_may_do_is_told_as_before() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        threads::open(stage, ACME).await?;
        window.click("switch", "Request meetings").await?;
        window.hear("status", "Request meetings is on.").await?;
        window.see("Undo").await?;
        told("thread", &window.tree().await?)
    })
}

#[test]
fn a_callback_that_failed_is_told_as_before() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.mocks.google.fault(Endpoint::Token, Fault::Status(500));
        come_back(stage, "Allow").await?;
        window.focus_is_on("heading", "Failed to connect integration").await?;
        told("callback-failed", &window.tree().await?)
    })
}

#[test]
fn a_form_with_what_is_missing_is_told_as_before() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        forms::open(stage, "Email").await?;
        window.click("button", "Save").await?;
        window.focus_is_on("textbox", "Host").await?;
        told("form", &window.tree().await?)
    })
}
