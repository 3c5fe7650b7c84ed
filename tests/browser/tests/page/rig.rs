//! What several files need.

use anyhow::bail;
use browser_tests::{Tree, Window};

/// What is on the card of a provider, when it is there.
pub(crate) async fn card(window: &Window, name: &str) -> anyhow::Result<Tree> {
    window
        .until(&format!("the card {name:?}"), async || {
            let tree = window.tree().await?;
            Ok(Some(tree.inside(&tree.one("article", name)?)))
        })
        .await
}

/// Waits until the card of a provider says something.
pub(crate) async fn card_says(window: &Window, name: &str, text: &str) -> anyhow::Result<()> {
    window
        .until(&format!("the card {name:?} with the text {text:?}"), async || {
            let tree = window.tree().await?;
            let text_of_card = tree.inside(&tree.one("article", name)?).text();
            if text_of_card.contains(text) { Ok(Some(())) } else { bail!("it says: {text_of_card}") }
        })
        .await
}

/// The names of the buttons there, in their order.
pub(crate) fn buttons(tree: &Tree) -> Vec<&str> {
    tree.of_role("button").into_iter().map(|node| node.name.as_str()).collect()
}

/// Goes through the consent page of a mock, up to the page that follows.
pub(crate) async fn consent(window: &Window, decision: &str) -> anyhow::Result<()> {
    window.click("button", decision).await
}
