//! The list in its rarer states.

use browser_tests::{ADA, Trouble, on_stage};
use serde_json::json;

use super::in_every_look;
use crate::{list::go_offline, rig::card_says, several::two_banks};

#[test]
fn a_list_without_providers_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.trouble("GET", "/v1/providers", Trouble::Reply(json!({ "providers": [] })));
        stage.open_as(ADA, "/integrations").await?;
        stage.window.see("No providers are available. Ask your administrator to add one.").await?;
        in_every_look(stage, "no-providers").await
    })
}

#[test]
fn a_list_of_nobody_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.open("/integrations").await?;
        stage.window.see("Your session has ended.").await?;
        in_every_look(stage, "signed-out").await
    })
}

#[test]
fn a_list_without_connection_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        go_offline(stage).await?;
        let judged = in_every_look(stage, "offline").await;
        // The browser is used again.
        stage.window.offline(false).await?;
        judged
    })
}

#[test]
fn an_account_that_is_turned_off_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let google = stage.host.connect_google(ADA).await?;
        stage.host.set_enabled(ADA, &google, false).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(&stage.window, "Google", "Turned off").await?;
        in_every_look(stage, "turned-off").await
    })
}

#[test]
fn an_account_that_needs_more_access_is_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.connect_google_without(ADA, &["https://www.googleapis.com/auth/gmail.send"]).await?;
        stage.open_as(ADA, "/integrations").await?;
        stage.window.find_in("Google", "button", "Grant access").await?;
        in_every_look(stage, "needs-more-access").await
    })
}

#[test]
fn several_accounts_are_accessible() -> anyhow::Result<()> {
    on_stage(async |stage| {
        two_banks(stage).await?;
        in_every_look(stage, "several").await
    })
}
