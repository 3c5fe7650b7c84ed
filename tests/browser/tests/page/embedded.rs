//! The elements in pages of others, and the page in frames of others.

use anyhow::ensure;
use browser_tests::{ADA, Stage, on_stage};
use serde_json::json;

use crate::served::keeps_to_its_policy;

/// How the first card looks, from its shadow root to its leaves.
const LOOKS: &str = "const root = document.querySelector('bailee-integrations').shadowRoot;
    return [...root.querySelectorAll('h1, h2, p, button, article')].map((node) => {
        const { display, color, fontSize, opacity, position } = getComputedStyle(node);
        return [node.localName, display, color, fontSize, opacity, position].join(' ');
    });";

#[test]
fn no_style_of_a_foreign_page_reaches_into_the_elements() -> anyhow::Result<()> {
    on_stage(async |stage| {
        stage.host.connect_google(ADA).await?;
        let clean = looks(stage, "/embed/bailee-integrations").await?;
        let hostile = looks(stage, "/hostile/bailee-integrations").await?;
        ensure!(!clean.is_empty() && clean == hostile, "{clean:#?}\n{hostile:#?}");
        Ok(())
    })
}

#[test]
fn two_elements_in_one_page_each_do_their_work() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.host.connect_google(ADA).await?;
        stage.open_as(ADA, "/hostile/bailee-integrations").await?;
        let cards = window
            .until("two cards", async || {
                let tree = window.tree().await?;
                Ok((tree.all("article", "Google").len() == 2).then_some(tree))
            })
            .await?;
        ensure!(cards.all("button", "Validate").len() == 2, "{cards}");
        keeps_to_its_policy(stage).await
    })
}

#[test]
fn a_page_gives_the_elements_its_colours_and_corners() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let window = &stage.window;
        stage.open_as(ADA, "/embed/bailee-integrations").await?;
        window.find_in("Google", "button", "Connect").await?;
        let theme = "const sheet = new CSSStyleSheet();
            sheet.replaceSync(`bailee-integrations { --bailee-accent: rgb(1, 2, 3) }
                bailee-integrations::part(card) { border-radius: 17px }`);
            document.adoptedStyleSheets = [sheet];
            const root = document.querySelector('bailee-integrations').shadowRoot;
            return [getComputedStyle(root.querySelector('button.primary')).backgroundColor,
                getComputedStyle(root.querySelector('article')).borderTopLeftRadius];";
        let applied = window.run(theme, Vec::new()).await?;
        ensure!(applied == json!(["rgb(1, 2, 3)", "17px"]), "{applied}");
        Ok(())
    })
}

#[test]
fn the_list_may_be_framed_by_the_host_that_was_named_and_by_no_other() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let list = stage.host.at("/integrations");
        ensure!(frame(stage, "app.localhost", &list).await? == list);
        let elsewhere = frame(stage, "other.localhost", &list).await?;
        ensure!(elsewhere.starts_with("chrome-error:"), "{elsewhere}");
        Ok(())
    })
}

#[test]
fn the_pages_that_connect_are_never_framed() -> anyhow::Result<()> {
    on_stage(async |stage| {
        let id = "0".repeat(64);
        for path in [
            "/integrations/google/callback".to_owned(),
            "/integrations/teller/widget".to_owned(),
            format!("/integrations/connect/{id}"),
            "/integrations/connected".to_owned(),
        ] {
            let framed = frame(stage, "app.localhost", &stage.host.at(&path)).await?;
            ensure!(framed.starts_with("chrome-error:"), "{path}: {framed}");
        }
        Ok(())
    })
}

async fn looks(stage: &Stage, path: &str) -> anyhow::Result<Vec<String>> {
    stage.open_as(ADA, path).await?;
    stage
        .window
        .until("the cards", async || {
            let looks = stage.window.run(LOOKS, Vec::new()).await?;
            let looks: Vec<_> = looks.as_array().into_iter().flatten().map(ToString::to_string).collect();
            Ok(looks.iter().any(|look| look.contains("article")).then_some(looks))
        })
        .await
}

/// What a page of this host shows of an address.
async fn frame(stage: &Stage, host: &str, address: &str) -> anyhow::Result<String> {
    let page = stage.host.at(&format!("/frame?of={address}")).replace("localhost", host);
    // Only the first: the address that is framed stays what it is.
    let page =
        page.replacen(&format!("of={}", address.replace("localhost", host)), &format!("of={address}"), 1);
    stage.window.goto(&page).await?;
    stage
        .window
        .until("the frame", async || {
            let framed = stage.window.framed().await?;
            Ok(Some(framed).filter(|framed| framed != "about:blank"))
        })
        .await
}
