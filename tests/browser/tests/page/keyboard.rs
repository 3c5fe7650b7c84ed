//! Everything by keyboard alone.

use anyhow::ensure;
use browser_tests::{ACME, ADA, CODING, ORGANIZER, VZFINANCE, Window, on_stage};
use thirtyfour::Key;

use crate::rig::card_says;

#[test]
fn an_account_is_connected_by_keyboard() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        window.find_in("Google", "button", "Connect").await?;
        window.tab_to_in("Google", "button", "Connect").await?;
        window.press(Key::Enter).await?;
        window.find("button", "Allow").await?;
        window.tab_to("button", "Allow").await?;
        window.press(Key::Enter).await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "Valid").await
    })
}

#[test]
fn an_account_is_disconnected_by_keyboard() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Google", "tools").await?;
        window.tab_to_in("Google", "button", "Disconnect").await?;
        window.press(Key::Enter).await?;
        window.focus_is_on("button", "Cancel").await?;
        window.press(Key::Tab).await?;
        window.focus_is_on("button", "Disconnect").await?;
        window.press(Key::Enter).await?;
        window.focus_is_on("heading", "Google").await?;
        ensure!(stage.host.mocks.google.live_grants() == 0);
        Ok(())
    })
}

#[test]
fn agents_are_chosen_by_keyboard() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Google", "tools").await?;
        window.tab_to_in("Google", "button", "Scope: All agents").await?;
        window.press(Key::Enter).await?;
        window.find("dialog", "Scope · Google").await?;
        window.press(Key::Down).await?;
        window.focus_is_on("radio", "Specific agents").await?;
        window.tab_to("checkbox", "Coding").await?;
        window.press(Key::Space).await?;
        window.tab_to("button", "Save").await?;
        window.press(Key::Enter).await?;
        card_says(window, "Google", "Scope: 1 agent").await?;
        for (profile, has) in [(CODING, true), (VZFINANCE, false), (ORGANIZER, false)] {
            ensure!(stage.host.tools_of(ADA, profile).await?.contains("send_email") == has, "{profile}");
        }
        Ok(())
    })
}

#[test]
fn a_conversation_is_opened_up_by_keyboard() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, &format!("/embed/bailee-thread-permissions?thread-id={ACME}")).await?;
        window.find("switch", "Request meetings").await?;
        window.tab_to("switch", "Request meetings").await?;
        window.press(Key::Space).await?;
        window.hear("status", "Request meetings is on.").await?;
        window.tab_to("switch", "Act for me").await?;
        window.press(Key::Space).await?;
        window.find("dialog", "Let Acme Scheduler act as you?").await?;
        window.tab_to("button", "Allow").await?;
        window.press(Key::Enter).await?;
        window.hear("status", "Act for me is on.").await?;
        window.focus_is_on("switch", "Act for me").await?;
        let shared = stage.host.tools_in(ADA, VZFINANCE, ACME).await?;
        ensure!(shared.contains("propose_meeting") && shared.contains("send_email"), "{shared:?}");
        Ok(())
    })
}

#[test]
fn the_keyboard_passes_a_card_from_its_top_to_its_end() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/integrations").await?;
        card_says(window, "Google", "tools").await?;
        window.tab_to("button", "Refresh").await?;
        let passed = passed(window, 8).await?;
        let (tools, rest) =
            (passed.get(5).cloned().unwrap_or_default(), [&passed[..5], &passed[6..]].concat());
        ensure!(tools.ends_with(" tools"), "{passed:#?}");
        ensure!(
            rest == [
                "Validate of Google",
                "Reconnect of Google",
                "Disconnect of Google",
                "Agents may use it of Google",
                "Scope: All agents of Google",
                "Connect of Notion",
                "Connect of Telegram",
            ],
            "{passed:#?}"
        );
        Ok(())
    })
}

/// What the keyboard comes to next, one after the other.
async fn passed(window: &Window, count: usize) -> anyhow::Result<Vec<String>> {
    let mut passed = Vec::new();
    for _ in 0..count {
        window.press(Key::Tab).await?;
        let tree = window.tree().await?;
        passed.extend(tree.focused().map(|node| match node.description.as_str() {
            "" => node.name.clone(),
            owner => format!("{} of {owner}", node.name),
        }));
    }
    Ok(passed)
}
