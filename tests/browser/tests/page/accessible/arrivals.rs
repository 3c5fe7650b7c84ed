//! The pages on which a connect ends, or on which an agent asks for one.

use browser_tests::{ADA, CODING, Door, Trouble, on_stage};

use super::in_every_look;
use crate::{
    callback::{FINISH, HOLD_TIMERS, come_back},
    consent::OVER,
    several::close_widget,
};

#[test]
fn a_callback_that_works_and_has_worked_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (window, door) = (&stage.window, Door::default());
        window.before_scripts(HOLD_TIMERS).await?;
        stage.host.trouble("POST", FINISH, Trouble::Hold(door.clone()));
        come_back(stage, "Allow").await?;
        window.hear("status", "Connecting integration…").await?;
        in_every_look(stage, "callback-connecting").await?;
        door.open();
        window.hear("status", "Integration connected").await?;
        in_every_look(stage, "callback-connected").await
    })
}

#[test]
fn a_widget_that_was_closed_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        close_widget(stage).await?;
        in_every_look(stage, "widget-closed").await
    })
}

#[test]
fn an_agents_wish_and_its_refusal_are_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        let page = stage.host.ask_to_connect(ADA, CODING, "google").await?;
        stage.sign_in(ADA).await?;
        window.goto(&page).await?;
        window.find("button", "Not now").await?;
        in_every_look(stage, "connect").await?;
        window.click("button", "Not now").await?;
        window.see("Nothing was connected").await?;
        in_every_look(stage, "connect-refused").await?;
        window.goto(&page).await?;
        window.see(OVER).await?;
        in_every_look(stage, "connect-over").await
    })
}

#[test]
fn an_agents_wish_that_is_granted_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.open_as(ADA, "/integrations/connected").await?;
        stage.window.see("Connected. You can return to your agent.").await?;
        in_every_look(stage, "connect-granted").await
    })
}
