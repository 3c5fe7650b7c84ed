//! What the other side of a conversation may do, what it asked for, and what is missing for a tool.

use std::collections::BTreeSet;

use anyhow::ensure;
use bailee::PermissionFlag;
use browser_tests::{ACME, ADA, CODING, GROCER, Stage, Trouble, VZFINANCE, on_stage};
use reqwest::StatusCode;

use crate::rig::buttons;

const SWITCHES: [&str; 4] = ["Request meetings", "Check availability", "Act for me", "See full profile"];

#[test]
fn a_new_conversation_shares_nothing() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        open(stage, ACME).await?;
        window.find("heading", "What Acme Scheduler may ask your agent to do").await?;
        window.see("Verified").await?;
        window.see("Nothing is shared by default").await?;
        for switch in SWITCHES {
            ensure!(!window.find("switch", switch).await?.is("checked"), "{switch}");
        }
        ensure!(shared(stage).await?.is_empty());
        Ok(())
    })
}

#[test]
fn each_switch_unlocks_its_tools_and_no_other() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        open(stage, ACME).await?;
        for (switch, tools) in [
            ("Request meetings", vec!["propose_meeting"]),
            ("Check availability", vec!["list_calendar_events"]),
            ("See full profile", vec![]),
        ] {
            window.click("switch", switch).await?;
            window.hear("status", &format!("{switch} is on.")).await?;
            let has: Vec<_> = shared(stage).await?.into_iter().collect();
            ensure!(has == tools, "{switch}: {has:?}");
            window.click("switch", switch).await?;
            window.hear("status", &format!("{switch} is off.")).await?;
            ensure!(shared(stage).await?.is_empty(), "{switch}");
        }
        Ok(())
    })
}

#[test]
fn acting_for_the_owner_is_asked_twice_with_every_tool_by_name() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        open(stage, ACME).await?;
        window.click("switch", "Act for me").await?;
        let title = "Let Acme Scheduler act as you?";
        window.find("dialog", title).await?;
        window.focus_is_on("button", "Cancel").await?;
        let tree = window.tree().await?;
        let dialog = tree.inside(&tree.one("dialog", title)?);
        ensure!(dialog.of_role("listitem").len() > 5, "{dialog}");
        window.click("button", "Cancel").await?;
        ensure!(!window.find("switch", "Act for me").await?.is("checked"));
        ensure!(shared(stage).await?.is_empty());

        window.click("switch", "Act for me").await?;
        window.find("dialog", title).await?;
        window.click("button", "Allow").await?;
        window.hear("status", "Act for me is on.").await?;
        let shared = shared(stage).await?;
        ensure!(shared.contains("send_email") && !shared.contains("search_emails"), "{shared:?}");
        Ok(())
    })
}

#[test]
fn who_is_not_verified_is_named_so_before_acting_for_the_owner() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, GROCER).await?;
        window.find("heading", "What Corner Grocer may ask your agent to do").await?;
        ensure!(!window.tree().await?.text().contains("Verified"));
        window.click("switch", "Act for me").await?;
        window.find("dialog", "Let Corner Grocer act as you?").await?;
        window.see("Nobody has verified who Corner Grocer is.").await
    })
}

#[test]
fn a_change_that_is_not_saved_goes_back_and_is_told() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        open(stage, ACME).await?;
        let path = format!("/v1/threads/{ACME}/permissions");
        host.trouble("PUT", &path, Trouble::Answer(StatusCode::SERVICE_UNAVAILABLE));
        window.click("switch", "Request meetings").await?;
        window.hear("status", "Not saved.").await?;
        ensure!(!window.find("switch", "Request meetings").await?.is("checked"));
        host.heal();
        window.click("switch", "Request meetings").await?;
        window.hear("status", "Request meetings is on.").await?;
        Ok(())
    })
}

#[test]
fn a_change_in_another_window_is_shown_instead_of_written_over() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        open(stage, ACME).await?;
        host.allow(ADA, ACME, &[PermissionFlag::CanQueryAvailability]).await?;
        window.click("switch", "Request meetings").await?;
        window.hear("status", "Changed in another window.").await?;
        window
            .until("what the other window did", async || {
                Ok(window.tree().await?.one("switch", "Check availability")?.is("checked").then_some(()))
            })
            .await?;
        ensure!(!window.find("switch", "Request meetings").await?.is("checked"));
        Ok(())
    })
}

#[test]
fn a_change_can_be_undone_and_everything_turned_off_at_once() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, ACME).await?;
        window.click("switch", "Request meetings").await?;
        window.hear("status", "Request meetings is on.").await?;
        window.click("button", "Undo").await?;
        window.hear("status", "Request meetings is off.").await?;
        for switch in ["Request meetings", "Check availability"] {
            window.click("switch", switch).await?;
            window.hear("status", &format!("{switch} is on.")).await?;
        }
        window.click("button", "Turn everything off").await?;
        window.hear("status", "Everything is off.").await?;
        for switch in SWITCHES {
            ensure!(!window.find("switch", switch).await?.is("checked"), "{switch}");
        }
        ensure!(shared(stage).await?.is_empty());
        Ok(())
    })
}

#[test]
fn what_is_missing_for_a_flag_leads_to_the_list() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, ACME).await?;
        let tree = window.tree().await?;
        let missing: Vec<_> =
            tree.of_role("link").into_iter().filter(|link| link.name.contains("not connected")).collect();
        ensure!(missing.iter().any(|link| link.name.contains("Google")), "{tree}");
        Ok(())
    })
}

#[test]
fn what_was_called_in_a_conversation_can_be_seen() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.allow(ADA, ACME, &[PermissionFlag::CanQueryAvailability]).await?;
        host.call_in(ADA, CODING, ACME, "list_calendar_events").await?;
        ensure!(host.call_in(ADA, CODING, ACME, "send_email").await.is_err());
        open(stage, ACME).await?;
        window.see("Last used").await?;
        window.see("list_calendar_events Allowed").await?;
        window.see("send_email Denied").await
    })
}

#[test]
fn a_conversation_of_somebody_else_is_not_there() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.open_as(browser_tests::BOB, &path(ACME)).await?;
        stage.window.hear("alert", "There is no such thread.").await
    })
}

#[test]
fn a_proposed_meeting_is_accepted_or_declined() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        host.connect_google(ADA).await?;
        host.allow(ADA, ACME, &[PermissionFlag::CanRequestMeetings]).await?;
        host.propose(ADA, CODING, ACME, "Tea with Bob").await?;
        host.propose(ADA, CODING, ACME, "Coffee with Eve").await?;
        stage.open_as(ADA, "/embed/bailee-tasks").await?;
        window.see("Tea with Bob").await?;
        window.click_in("Coffee with Eve", "button", "Decline").await?;
        window.click_in("Tea with Bob", "button", "Accept").await?;
        window
            .until("the event", async || {
                let events = host.mocks.google.events("ada@example.test");
                Ok(events.iter().any(|event| event.to_string().contains("Tea with Bob")).then_some(()))
            })
            .await?;
        let events = host.mocks.google.events("ada@example.test");
        ensure!(!events.iter().any(|event| event.to_string().contains("Coffee with Eve")));
        Ok(())
    })
}

#[test]
fn a_tool_without_its_account_warns_and_leads_to_the_list() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        let page = "/embed/bailee-integration-warning?service=google";
        stage.open_as(ADA, page).await?;
        window.see("Google").await?;
        let tree = window.tree().await?;
        ensure!(tree.of_role("link").len() == 1, "{tree}");
        stage.host.connect_google(ADA).await?;
        stage.open(page).await?;
        window
            .until("no warning", async || Ok(window.tree().await?.of_role("link").is_empty().then_some(())))
            .await?;
        ensure!(buttons(&window.tree().await?).is_empty());
        Ok(())
    })
}

fn path(thread: &str) -> String {
    format!("/embed/bailee-thread-permissions?thread-id={thread}")
}

pub(crate) async fn open(stage: &Stage, thread: &str) -> anyhow::Result<()> {
    stage.open_as(ADA, &path(thread)).await?;
    stage.window.find("switch", "Act for me").await?;
    Ok(())
}

/// What Acme Scheduler has now.
async fn shared(stage: &Stage) -> anyhow::Result<BTreeSet<String>> {
    stage.host.tools_in(ADA, VZFINANCE, ACME).await
}
