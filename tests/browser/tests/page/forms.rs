//! Accounts that are joined by what somebody types.

use anyhow::ensure;
use bailee_testkit::mock_smtp::{PASSWORD, USERNAME};
use browser_tests::{ADA, Stage, on_stage};

use crate::rig::{card, card_says};

#[test]
fn a_mail_server_is_joined_by_a_form_and_its_password_never_comes_back() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, "Email").await?;
        fill(stage, PASSWORD).await?;
        window.click("button", "Save").await?;
        window.hear("status", "Email connected").await?;
        card_says(window, "Email", "Valid").await?;
        let text = window.tree().await?.text();
        ensure!(!text.contains(PASSWORD), "{text}");
        window.click_in("Email", "button", "Send test").await?;
        window.hear("status", "Email took the test message").await?;
        ensure!(!stage.host.mocks.smtp.messages().is_empty());
        Ok(())
    })
}

#[test]
fn what_is_missing_is_named_on_its_field() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, "Email").await?;
        window.click("button", "Save").await?;
        window.see("Fill this in.").await?;
        window
            .until("the first wrong field", async || {
                Ok(window
                    .tree()
                    .await?
                    .focused()
                    .filter(|node| node.is("invalid"))
                    .map(|node| node.name.clone()))
            })
            .await?;
        ensure!(!stage.host.seen().iter().any(|seen| seen.method == "POST"));
        Ok(())
    })
}

#[test]
fn what_was_typed_stays_when_it_is_refused() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, "Email").await?;
        fill(stage, "not the password").await?;
        window.click("button", "Save").await?;
        window
            .until("the refusal", async || {
                let tree = window.tree().await?;
                let alert =
                    !tree.of_role("alert").is_empty() || tree.nodes.iter().any(|node| node.is("invalid"));
                Ok(alert.then_some(()))
            })
            .await?;
        ensure!(window.find("textbox", "Host").await?.value == "127.0.0.1");
        ensure!(window.find("textbox", "From address").await?.value == "alerts@example.test");
        window.fill("textbox", "Password", PASSWORD).await?;
        window.click("button", "Save").await?;
        card_says(window, "Email", "Valid").await
    })
}

#[test]
fn an_address_that_is_none_is_told_in_words() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, "Webhook").await?;
        window.fill("textbox", "URL", "http://insecure.example/hook").await?;
        window.click("button", "Save").await?;
        window
            .until("the wrong field", async || {
                let tree = window.tree().await?;
                let field = tree.one("textbox", "URL")?;
                Ok((field.is("invalid") && field.description.contains("https")).then_some(()))
            })
            .await?;
        window.focus_is_on("textbox", "URL").await?;
        ensure!(stage.host.integrations(ADA).await?.is_empty());
        Ok(())
    })
}

#[test]
fn the_key_of_a_webhook_is_shown_once() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        open(stage, "Webhook").await?;
        let address = stage.host.mocks.receiver.url("/hooks/of-ada")?.to_string();
        window.fill("textbox", "URL", &address).await?;
        window.click("button", "Save").await?;
        window.find("dialog", "Webhook connected").await?;
        window.see("whsec_").await?;
        window.click("button", "Done").await?;
        card_says(window, "Webhook", "Valid").await?;
        window.reload().await?;
        card_says(window, "Webhook", "Valid").await?;
        let card = card(window, "Webhook").await?;
        ensure!(!card.text().contains("whsec_") && !card.text().contains(&address), "{card}");
        Ok(())
    })
}

/// Opens the dialog with which a provider is connected.
pub(crate) async fn open(stage: &Stage, provider: &str) -> anyhow::Result<()> {
    stage.open_as(ADA, "/integrations").await?;
    stage.window.click_in(provider, "button", "Connect").await?;
    stage.window.find("dialog", &format!("Connect {provider}")).await?;
    Ok(())
}

async fn fill(stage: &Stage, password: &str) -> anyhow::Result<()> {
    let window = &stage.window;
    window.fill("textbox", "Host", "127.0.0.1").await?;
    window.fill("spinbutton", "Port", &stage.host.mocks.smtp.port().to_string()).await?;
    window.choose("combobox", "Security", "implicit_tls").await?;
    window.fill("textbox", "Username", USERNAME).await?;
    window.fill("textbox", "Password", password).await?;
    window.fill("textbox", "From address", "alerts@example.test").await?;
    window.fill("textbox", "Recipients", "ada@example.test").await
}
