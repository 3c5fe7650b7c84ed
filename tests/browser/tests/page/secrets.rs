//! What nobody may find in a browser.

use std::fmt::Write as _;

use anyhow::ensure;
use bailee_testkit::mock_smtp;
use browser_tests::{ADA, Stage, on_stage};
use serde_json::json;

use crate::{
    callback::{codes, come_back},
    rig::{card, card_says},
};

/// Keeps what the page is answered and what its elements tell.
const LISTEN: &str = "window.heard = [];
    const real = window.fetch;
    window.fetch = async (...args) => {
        const response = await real(...args);
        response.clone().text().then((text) => heard.push(text));
        return response;
    };
    for (const name of ['connected', 'disconnected', 'validated', 'scope-changed', 'error']) {
        addEventListener(`bailee:${name}`, (event) => heard.push(JSON.stringify(event.detail)));
    }";

/// Everything that a script of the page could read.
const READ: &str =
    "const parts = [JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage }),
        document.cookie, location.href, JSON.stringify(history.state), ...heard];
    const into = (root) => {
        parts.push(root.textContent);
        for (const node of root.querySelectorAll('*')) {
            parts.push(...[...node.attributes].map(({ value }) => value), node.value ?? '', node.textContent);
            if (node.shadowRoot) into(node.shadowRoot);
        }
    };
    into(document);
    return parts.join('\\n');";

#[test]
fn no_token_reaches_a_browser() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let (host, window) = (&stage.host, &stage.window);
        window.before_scripts(LISTEN).await?;
        host.join_email(ADA).await?;
        host.join_webhook(ADA).await?;
        come_back(stage, "Allow").await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "tools").await?;
        window.click_in("Google", "button", "Validate").await?;
        window.hear("status", "Google is valid.").await?;
        let mut everything = everything(stage).await?;
        let codes = codes(stage).await?;
        // The provider sends its code to the address that OAuth says, and to that alone.
        let redirect = "/api/oauth/google/callback";
        for line in window.network().await? {
            if !codes.iter().any(|code| line.contains(code) && line.contains(redirect)) {
                writeln!(everything, "{line}")?;
            }
        }
        let mut secrets = host.mocks.secrets();
        secrets.push(mock_smtp::PASSWORD.to_owned());
        ensure!(secrets.len() > 5 && everything.len() > 10_000);
        for secret in secrets.iter().filter(|secret| secret.len() > 7) {
            ensure!(!everything.contains(secret.as_str()), "a secret of {} letters is there", secret.len());
        }
        Ok(())
    })
}

#[test]
fn the_search_finds_what_is_there() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        window.before_scripts(LISTEN).await?;
        stage.open_as(ADA, "/integrations").await?;
        card(window, "Google").await?;
        let plant = "const [stored, shown, told] = arguments;
            sessionStorage.setItem('x', stored);
            const element = document.body.appendChild(document.createElement('div'));
            element.attachShadow({ mode: 'open' }).append(shown);
            console.log(told);";
        window.run(plant, vec![json!("planted-1"), json!("planted-2"), json!("planted-3")]).await?;
        let everything = everything(stage).await?;
        for planted in ["planted-1", "planted-2", "planted-3"] {
            ensure!(everything.contains(planted), "{planted} is not found");
        }
        Ok(())
    })
}

#[test]
fn what_proves_who_began_is_kept_until_it_is_used() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/integrations").await?;
        window.click_in("Google", "button", "Connect").await?;
        window.find("button", "Allow").await?;
        let link = window.url().await?;
        window.click("button", "Allow").await?;
        window.arrives("/integrations").await?;
        card_says(window, "Google", "Valid").await?;
        let kept = window.run("return Object.keys(sessionStorage).length", Vec::new()).await?;
        ensure!(kept == 0, "{kept} things are kept");
        ensure!(!link.as_str().contains("verifier"));
        Ok(())
    })
}

/// The page, its storage, its answers, its events and its console.
async fn everything(stage: &Stage) -> anyhow::Result<String> {
    let read = stage.window.run(READ, Vec::new()).await?;
    let console = stage.window.console().await?.join("\n");
    Ok(format!("{}\n{console}\n", read.as_str().unwrap_or_default()))
}
