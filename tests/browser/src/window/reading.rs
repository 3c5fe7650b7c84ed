use anyhow::bail;
use serde_json::json;

use super::Window;
use crate::{Node, Tree, tree::spaced};

impl Window {
    /// What a screen reader is told now.
    ///
    /// # Errors
    /// When the browser is gone, or between two pages.
    pub async fn tree(&self) -> anyhow::Result<Tree> {
        Ok(Tree::read(&self.cdp("Accessibility.getFullAXTree", json!({})).await?))
    }

    /// Waits for the one thing of this role and name.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn find(&self, role: &str, name: &str) -> anyhow::Result<Node> {
        self.until(&format!("{role} {name:?}"), async || self.tree().await?.one(role, name).map(Some)).await
    }

    /// As [`Window::find`], of those that belong to something: see [`Node::belongs_to`].
    ///
    /// # Errors
    /// As there.
    pub async fn find_in(&self, owner: &str, role: &str, name: &str) -> anyhow::Result<Node> {
        let what = format!("{role} {name:?} of {owner:?}");
        self.until(&what, async || self.tree().await?.one_of(owner, role, name).map(Some)).await
    }

    /// Waits until a text can be read. Spaces and line breaks do not matter.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn see(&self, text: &str) -> anyhow::Result<()> {
        let text = &spaced(text);
        self.until(&format!("the text {text:?}"), async || {
            Ok(self.tree().await?.text().contains(text).then_some(()))
        })
        .await
    }

    /// Waits until a text cannot be read any longer.
    ///
    /// # Errors
    /// When it stays.
    pub async fn gone(&self, text: &str) -> anyhow::Result<()> {
        let text = &spaced(text);
        self.until(&format!("the end of the text {text:?}"), async || {
            Ok((!self.tree().await?.text().contains(text)).then_some(()))
        })
        .await
    }

    /// Waits until a live region of this role says a text.
    ///
    /// # Errors
    /// When it does not.
    pub async fn hear(&self, role: &str, text: &str) -> anyhow::Result<()> {
        let text = &spaced(text);
        self.until(&format!("{role} that says {text:?}"), async || {
            let tree = self.tree().await?;
            let says = |node: &&Node| node.name.contains(text) || tree.inside(node).text().contains(text);
            Ok(tree.of_role(role).iter().any(says).then_some(()))
        })
        .await
    }

    /// Waits until the keyboard is on the thing of this role and name.
    ///
    /// # Errors
    /// When it is elsewhere.
    pub async fn focus_is_on(&self, role: &str, name: &str) -> anyhow::Result<()> {
        self.until(&format!("the focus on {role} {name:?}"), async || {
            let tree = self.tree().await?;
            match tree.focused() {
                Some(node) if node.role == role && node.name == name => Ok(Some(())),
                Some(node) => bail!("it is on {node}"),
                None => bail!("it is nowhere"),
            }
        })
        .await
    }
}
