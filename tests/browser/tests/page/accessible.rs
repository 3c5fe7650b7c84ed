//! Each state, in each look and width, as axe judges it; and a picture of each.

mod arrivals;
mod dialogs;
mod elements;
mod lists;

use anyhow::ensure;
use bailee::PermissionFlag;
use bailee_testkit::mock_provider::{Endpoint, Fault};
use browser_tests::{ACME, ADA, Axe, Door, Look, Stage, Trouble, on_stage};
use reqwest::StatusCode;

use crate::{
    callback::come_back,
    rig::{card, card_says},
};

/// The widths: a laptop's window, and a phone's; the latter is also a laptop's at 400 %.
const WIDTHS: [u32; 2] = [1100, 320];

#[test]
fn the_empty_list_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.open_as(ADA, "/integrations").await?;
        card(&stage.window, "Google").await?;
        in_every_look(stage, "list").await
    })
}

#[test]
fn the_full_list_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.connect_google(ADA).await?;
        stage.host.join_email(ADA).await?;
        stage.host.join_webhook(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(&stage.window, "Google", "tools").await?;
        in_every_look(stage, "connected").await
    })
}

#[test]
fn a_list_with_trouble_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let host = &stage.host;
        host.connect_google_without(ADA, &["https://www.googleapis.com/auth/gmail.send"]).await?;
        host.mocks.google.revoke_by_user("ada@example.test");
        host.bailee.validate(&ADA.owner()?, "google").await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(&stage.window, "Google", "Access was removed").await?;
        in_every_look(stage, "invalid").await
    })
}

#[test]
fn a_list_that_loads_or_failed_to_load_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (window, door) = (&stage.window, Door::default());
        stage.host.trouble("GET", "/v1/integrations", Trouble::Hold(door.clone()));
        stage.open_as(ADA, "/integrations").await?;
        window.hear("status", "Loading integrations").await?;
        in_every_look(stage, "loading").await?;
        door.open();
        stage.host.heal();
        stage.host.trouble("GET", "/v1/integrations", Trouble::Answer(StatusCode::SERVICE_UNAVAILABLE));
        stage.open("/integrations").await?;
        window.hear("alert", "Failed to load integrations").await?;
        in_every_look(stage, "failed").await
    })
}

#[test]
fn the_question_before_an_account_goes_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.connect_google(ADA).await?;
        stage.host.allow(ADA, ACME, &[PermissionFlag::CanPostOnMyBehalf]).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(&stage.window, "Google", "tools").await?;
        stage.window.click_in("Google", "button", "Disconnect").await?;
        stage.window.find("dialog", "Disconnect Google?").await?;
        in_every_look(stage, "disconnect").await
    })
}

#[test]
fn a_failed_callback_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.mocks.google.fault(Endpoint::Token, Fault::Status(500));
        come_back(stage, "Allow").await?;
        stage.window.hear("alert", "Failed to connect integration").await?;
        in_every_look(stage, "callback-failed").await
    })
}

#[test]
fn nothing_moves_where_motion_is_not_wanted() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        window.look(Look::ReducedMotion).await?;
        let door = Door::default();
        stage.host.trouble("GET", "/v1/integrations", Trouble::Hold(door.clone()));
        stage.open_as(ADA, "/integrations").await?;
        window.hear("status", "Loading integrations").await?;
        still(stage).await?;
        door.open();
        card(window, "Google").await?;
        still(stage).await
    })
}

async fn still(stage: &Stage) -> anyhow::Result<()> {
    let moving = stage
        .window
        .run(
            "return document.getAnimations().filter(({ playState, effect }) =>
                playState === 'running' && effect.getComputedTiming().duration > 1).length",
            Vec::new(),
        )
        .await?;
    ensure!(moving == 0, "{moving} animations");
    Ok(())
}

/// Looks at the page in every colour and width.
pub(crate) async fn in_every_look(stage: &Stage, shown: &str) -> anyhow::Result<()> {
    let Some(axe) = Axe::installed()? else { return Ok(()) };
    let window = &stage.window;
    for width in WIDTHS {
        window.resize(width, 800).await?;
        for look in Look::COLOURS {
            window.look(look).await?;
            let name = format!("{shown}-{look}-{width}");
            window.picture(&name).await?;
            axe.check(window, &name).await?;
        }
        let overflow = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let overflow = window.run(overflow, Vec::new()).await?;
        ensure!(overflow == 0, "{shown} is {overflow} pixels too wide for {width}");
    }
    window.look(Look::Light).await?;
    window.resize(1100, 800).await
}
