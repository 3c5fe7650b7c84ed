//! Connects that begin on the page.

use anyhow::ensure;
use browser_tests::{ADA, CODING, on_stage};

use crate::rig::{card, card_says, consent};

#[test]
fn a_connect_leads_to_the_provider_and_back_to_a_card_with_the_account() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Connect").await?;
        window.arrives("/o/oauth2/v2/auth").await?;
        consent(window, "Allow").await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "ada@example.test").await?;
        card_says(window, "Google", "Valid").await?;
        let google = host.integration(ADA, "google").await?;
        card_says(window, "Google", google.account.id.as_str()).await?;
        ensure!(host.tools_of(ADA, CODING).await?.contains("send_email"));
        Ok(())
    })
}

#[test]
fn after_a_connect_the_list_says_so_and_is_on_the_new_card() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Connect").await?;
        consent(window, "Allow").await?;
        window.hear("status", "Google connected").await?;
        card(window, "Google").await?;
        window.focus_is_on("heading", "Google").await?;
        ensure!(window.url().await?.query().is_none(), "nothing stays in the address");
        Ok(())
    })
}

#[test]
fn who_comes_back_without_an_answer_can_connect_again() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Connect").await?;
        window.find("button", "Allow").await?;
        window.back().await?;
        window.find_in("Google", "button", "Connect").await?;
        window.click_in("Google", "button", "Connect").await?;
        window.find("button", "Allow").await?;
        Ok(())
    })
}

#[test]
fn an_account_without_scopes_is_connected_in_the_same_way() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Notion", "button", "Connect").await?;
        window
            .until("the consent page of Notion", async || {
                Ok((window.url().await?.host_str() == Some("127.0.0.1")).then_some(()))
            })
            .await?;
        Ok(())
    })
}

#[test]
fn on_the_page_of_an_organization_accounts_are_connected_for_it() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        let path = "/embed/bailee-integrations?api=/api/organizations/o1&return-to=/integrations";
        stage.open_as(ADA, path).await?;
        window.click_in("Google", "button", "Connect").await?;
        consent(window, "Allow").await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "Valid").await?;
        ensure!(host.count("GET", "/api/organizations/o1/integrations/google/auth_link") == 1);
        Ok(())
    })
}
