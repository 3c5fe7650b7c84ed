//! What is asked and told in front of the list.

use browser_tests::{ADA, Stage, on_stage};

use super::in_every_look;
use crate::{
    forms::open,
    scope::{SOME, open_editor},
};

#[test]
fn the_choice_of_agents_and_its_refusal_are_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        open_editor(stage, "Scope: All agents").await?;
        in_every_look(stage, "scope").await?;
        window.click("radio", SOME).await?;
        window.click("button", "Save").await?;
        window.hear("alert", "Choose at least one agent, or All agents").await?;
        in_every_look(stage, "scope-refused").await
    })
}

#[test]
fn a_form_and_what_is_wrong_with_its_fields_are_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        open(stage, "Email").await?;
        in_every_look(stage, "form").await?;
        stage.window.click("button", "Save").await?;
        stage.window.see("Fill this in.").await?;
        in_every_look(stage, "form-refused").await
    })
}

#[test]
fn a_secret_that_is_shown_once_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        show_secret(stage).await?;
        in_every_look(stage, "secret").await
    })
}

#[test]
fn a_link_to_a_chat_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        open(stage, "Telegram").await?;
        stage.window.find("link", "Open Telegram").await?;
        in_every_look(stage, "link").await
    })
}

async fn show_secret(stage: &Stage) -> anyhow::Result<()> {
    open(stage, "Webhook").await?;
    let address = stage.host.mocks.receiver.url("/hooks/of-ada")?.to_string();
    stage.window.fill("textbox", "URL", &address).await?;
    stage.window.click("button", "Save").await?;
    stage.window.find("dialog", "Webhook connected").await?;
    stage.window.see("whsec_").await
}
