//! Providers of which somebody has several accounts: banks, joined in a widget, and chats, joined by a link.

use anyhow::{Context as _, ensure};
use bailee::{Integration, Scope, Status};
use bailee_testkit::{
    mock_telegram::{OWN_BOT, OWN_NAME, Person, SHARED_BOT},
    mock_teller::{CHASE, PNC},
};
use browser_tests::{ADA, Stage, VZFINANCE, on_stage};

use crate::{
    rig::{buttons, card, card_says},
    scope::SOME,
    served::keeps_to_its_policy,
};

const WIDGET: &str = "/integrations/teller/widget";

/// The page looks for a new chat every four seconds; here at once.
const IMPATIENT: &str = "const real = window.setTimeout;
    window.setTimeout = (then, after, ...rest) => real(then, after === 4000 ? 20 : after, ...rest);";

#[test]
fn a_bank_is_joined_in_the_widget_and_a_second_one_beside_it() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        join(stage, "Connect", PNC).await?;
        card_says(window, "Teller", "PNC").await?;
        join(stage, "Add another", CHASE).await?;
        card_says(window, "Teller", "Chase").await?;
        let card = card(window, "Teller").await?;
        ensure!(card.all("button", "Disconnect").len() == 2, "{card}");
        ensure!(card.all("StaticText", "Valid").len() == 2, "{card}");
        ensure!(stage.host.integrations(ADA).await?.len() == 2);
        keeps_to_its_policy(stage).await
    })
}

#[test]
fn each_bank_has_agents_of_its_own() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        two_banks(stage).await?;
        window.click_in("PNC", "button", "Scope: All agents").await?;
        window.click("radio", "Specific agents").await?;
        window.click("checkbox", "VZFinance").await?;
        window.click("button", "Save").await?;
        window.find_in("PNC", "button", "Scope: 1 agent").await?;
        window.find_in("Chase", "button", "Scope: All agents").await?;
        let scoped = host.integrations(ADA).await?.into_iter().filter(|row| row.scope != Scope::All).count();
        ensure!(scoped == 1);
        ensure!(host.tools_of(ADA, VZFINANCE).await?.contains("teller_list_accounts"));
        Ok(())
    })
}

#[test]
fn a_widget_that_is_closed_connects_nothing() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        close_widget(stage).await?;
        window.click("link", "Back to integrations").await?;
        window.arrives("/integrations").await?;
        window.find_in("Teller", "button", "Connect").await?;
        ensure!(stage.host.integrations(ADA).await?.is_empty());
        Ok(())
    })
}

#[test]
fn a_bank_that_wants_its_owner_again_is_repaired_in_the_widget() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        stage.open_as(ADA, "/integrations").await?;
        join(stage, "Connect", PNC).await?;
        let before = host.integration(ADA, "teller").await?;
        host.mocks.teller.disconnect(PNC, ".user_action.mfa_required");
        window.click_in("Teller", "button", "Validate").await?;
        card_says(window, "Teller", "Invalid").await?;
        window.click_in("Teller", "button", "Reconnect").await?;
        window.arrives(WIDGET).await?;
        window.click_in_frame(&["button[value=connect]"]).await?;
        window.arrives("/integrations").await?;
        card_says(window, "Teller", "Valid").await?;
        ensure!(host.integration(ADA, "teller").await?.id == before.id);
        Ok(())
    })
}

#[test]
fn a_chat_is_joined_by_a_link_and_the_page_notices() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        window.before_scripts(IMPATIENT).await?;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Telegram", "button", "Connect").await?;
        start_chat(stage, &Person::ada()).await?;
        card_says(window, "Telegram", "Valid").await?;
        let card = card(window, "Telegram").await?;
        ensure!(buttons(&card).contains(&"Add another"), "{card}");
        Ok(())
    })
}

#[test]
fn each_chat_and_bot_has_a_badge_and_agents_of_its_own() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        window.before_scripts(IMPATIENT).await?;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Telegram", "button", "Connect").await?;
        start_chat(stage, &Person::ada()).await?;
        let (bot, bot_name) = (host.join_bot(ADA).await?, format!("@{OWN_NAME}"));
        host.mocks.telegram.revoke_token(OWN_BOT);
        stage.open("/integrations").await?;
        card_says(window, "Telegram", "tool").await?;
        window.click_in(&bot_name, "button", "Validate").await?;
        card_says(window, "Telegram", "Invalid").await?;
        window.click_in(&bot_name, "button", "Scope: All agents").await?;
        window.click("radio", SOME).await?;
        window.click("checkbox", "VZFinance").await?;
        window.click("button", "Save").await?;
        window.find_in(&bot_name, "button", "Scope: 1 agent").await?;
        window.find_in("ada", "button", "Scope: All agents").await?;
        let card = card(window, "Telegram").await?;
        for badge in ["Valid", "Invalid"] {
            ensure!(card.all("StaticText", badge).len() == 1, "{badge} in {card}");
        }
        let rows = host.integrations(ADA).await?;
        let has = |row: &Integration| (row.scope != Scope::All, row.status == Status::Invalid);
        ensure!(rows.len() == 2 && rows.iter().all(|row| has(row) == (row.id == bot.id, row.id == bot.id)));
        Ok(())
    })
}

/// Follows the link of the open dialog, as this person, and says the word there.
async fn start_chat(stage: &Stage, person: &Person) -> anyhow::Result<()> {
    let (host, window) = (&stage.host, &stage.window);
    window.find("dialog", "Connect Telegram").await?;
    let link = window.find("link", "Open Telegram").await?;
    let address = window.on(&link, "function () { return this.href }", &serde_json::json!([])).await?;
    let address: url::Url = address.as_str().context("no address")?.parse()?;
    let word = address.query_pairs().find_map(|(name, word)| (name == "start").then(|| word.into_owned()));
    let update = host.mocks.telegram.press_start(SHARED_BOT, person, &word.context("no word")?);
    host.deliver(&update).await?;
    window.hear("status", "Telegram connected").await
}

/// Joins a bank by this button, as its owner does.
async fn join(stage: &Stage, button: &str, enrollment: &str) -> anyhow::Result<()> {
    let (window, bank) = (&stage.window, if enrollment == PNC { "PNC" } else { "Chase" });
    window.click_in("Teller", "button", button).await?;
    window.arrives(WIDGET).await?;
    let choice = format!("input[value='{bank}']");
    window.click_in_frame(&[&choice, "button[value=connect]"]).await?;
    window.arrives("/integrations").await?;
    Ok(())
}

/// The list with two banks.
pub(crate) async fn two_banks(stage: &Stage) -> anyhow::Result<()> {
    stage.open_as(ADA, "/integrations").await?;
    join(stage, "Connect", PNC).await?;
    join(stage, "Add another", CHASE).await?;
    card_says(&stage.window, "Teller", "tools").await
}

/// Opens the widget, and closes it.
pub(crate) async fn close_widget(stage: &Stage) -> anyhow::Result<()> {
    stage.open_as(ADA, WIDGET).await?;
    stage.window.click_in_frame(&["button[value=close]"]).await?;
    stage.window.see("Nothing was connected").await
}
