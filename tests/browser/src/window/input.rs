use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use thirtyfour::{By, Key, action_chain::ActionChain};

use super::Window;
use crate::Node;

/// Whether a click there meets the thing, a part of it, or its label.
const MEETS: &str = "function (x, y) {
    let met = null;
    for (let root = document; root !== null; root = met.shadowRoot) {
        const inner = root.elementFromPoint(x, y);
        if (inner === null || inner === met) break;
        met = inner;
    }
    const within = (outer) => {
        for (let node = met; node !== null; node = node.parentNode ?? node.host ?? null) {
            if (node === outer) return true;
        }
        return false;
    };
    const what = met === null ? 'nothing' : `${met.localName} ${met.textContent.trim().slice(0, 60)}`;
    return within(this) || [...(this.labels ?? [])].some(within) ? '' : what;
}";

impl Window {
    /// Clicks on the one thing of this role and name, as with a mouse.
    ///
    /// # Errors
    /// When there is no such thing, or something lies over it.
    pub async fn click(&self, role: &str, name: &str) -> anyhow::Result<()> {
        let what = format!("a click on {role} {name:?}");
        let spot =
            self.until(&what, async || self.spot(&self.tree().await?.one(role, name)?).await.map(Some));
        self.press_at(spot.await?).await
    }

    /// As [`Window::click`], of those that belong to something.
    ///
    /// # Errors
    /// As there.
    pub async fn click_in(&self, owner: &str, role: &str, name: &str) -> anyhow::Result<()> {
        let what = format!("a click on {role} {name:?} of {owner:?}");
        let spot = self
            .until(&what, async || self.spot(&self.tree().await?.one_of(owner, role, name)?).await.map(Some));
        self.press_at(spot.await?).await
    }

    /// Where a click meets it.
    ///
    /// # Errors
    /// When it is not there any longer, or something lies over it.
    pub async fn spot(&self, node: &Node) -> anyhow::Result<(f64, f64)> {
        let (left, top, width, height) = self.place(node).await?;
        let (x, y) = (left + width / 2.0, top + height / 2.0);
        let met = self.on(node, MEETS, &json!([{ "value": x }, { "value": y }])).await?;
        ensure!(met == "", "{node} is covered by {met}");
        Ok((x, y))
    }

    async fn press_at(&self, (x, y): (f64, f64)) -> anyhow::Result<()> {
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let mouse = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.cdp("Input.dispatchMouseEvent", mouse).await?;
        }
        Ok(())
    }

    /// Puts a text into the one field of this role and name, in place of what was there.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn fill(&self, role: &str, name: &str, text: &str) -> anyhow::Result<()> {
        let field = self.find(role, name).await?;
        self.on(&field, "function () { this.focus(); this.select?.(); }", &json!([])).await?;
        if text.is_empty() {
            return self.press(Key::Delete).await;
        }
        self.cdp("Input.insertText", json!({ "text": text })).await?;
        Ok(())
    }

    /// Chooses an option, by its value, in the one list of this role and name.
    ///
    /// # Errors
    /// When there is no such list or option.
    pub async fn choose(&self, role: &str, name: &str, value: &str) -> anyhow::Result<()> {
        let list = self.find(role, name).await?;
        let choose = "function (value) {
            this.value = value;
            this.dispatchEvent(new Event('change', { bubbles: true }));
            return this.value === value;
        }";
        let chosen = self.on(&list, choose, &json!([{ "value": value }])).await?;
        ensure!(chosen == true, "{list} has no {value:?}");
        Ok(())
    }

    /// Presses a key, wherever the keyboard is.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn press(&self, key: Key) -> anyhow::Result<()> {
        Ok(self.keys().send_keys(key).perform().await?)
    }

    /// Goes on with the tabulator until the keyboard is on the thing of this role and name.
    ///
    /// # Errors
    /// When it is not reached.
    pub async fn tab_to(&self, role: &str, name: &str) -> anyhow::Result<()> {
        self.tab_until(&format!("{role} {name:?}"), |node| node.role == role && node.name == name).await
    }

    /// As [`Window::tab_to`], of those that belong to something.
    ///
    /// # Errors
    /// As there.
    pub async fn tab_to_in(&self, owner: &str, role: &str, name: &str) -> anyhow::Result<()> {
        let wanted = |node: &Node| node.role == role && node.name == name && node.belongs_to(owner);
        self.tab_until(&format!("{role} {name:?} of {owner:?}"), wanted).await
    }

    async fn tab_until(&self, what: &str, wanted: impl Fn(&Node) -> bool) -> anyhow::Result<()> {
        let mut passed = Vec::new();
        for _ in 0..80 {
            self.press(Key::Tab).await?;
            let tree = self.tree().await?;
            match tree.focused() {
                Some(node) if wanted(node) => return Ok(()),
                Some(node) => passed.push(node.to_string()),
                None => passed.push("nothing".to_owned()),
            }
        }
        anyhow::bail!("{what} is not reached by the keyboard, only\n{}", passed.join("\n"))
    }

    /// Where it is, after it was scrolled into view: left, top, width, height.
    ///
    /// # Errors
    /// When it is not there any longer.
    pub async fn place(&self, node: &Node) -> anyhow::Result<(f64, f64, f64, f64)> {
        self.cdp("DOM.scrollIntoViewIfNeeded", json!({ "backendNodeId": node.id })).await?;
        let quads = self.cdp("DOM.getContentQuads", json!({ "backendNodeId": node.id })).await?;
        let corner = |index: usize| quads.pointer(&format!("/quads/0/{index}")).and_then(Value::as_f64);
        let (Some(left), Some(top), Some(right), Some(bottom)) = (corner(0), corner(1), corner(4), corner(5))
        else {
            anyhow::bail!("{node} is nowhere");
        };
        Ok((left, top, right - left, bottom - top))
    }

    /// Runs a function of JavaScript on it as `this`, and returns what it returns.
    ///
    /// # Errors
    /// When it is not there any longer, or the function throws.
    pub async fn on(&self, node: &Node, function: &str, arguments: &Value) -> anyhow::Result<Value> {
        let resolved = self.cdp("DOM.resolveNode", json!({ "backendNodeId": node.id })).await?;
        let object = resolved.pointer("/object/objectId").context("a node without an object")?;
        let call = json!({
            "objectId": object, "functionDeclaration": function, "arguments": arguments, "returnByValue": true,
        });
        let answer = self.cdp("Runtime.callFunctionOn", call).await?;
        if let Some(thrown) = answer.get("exceptionDetails") {
            anyhow::bail!("the function throws: {thrown}");
        }
        Ok(answer.pointer("/result/value").cloned().unwrap_or_default())
    }

    /// Clicks on each of these, found by CSS, in the one frame of the page.
    ///
    /// # Errors
    /// When there is no frame, or something is not in it.
    pub async fn click_in_frame(&self, selectors: &[&str]) -> anyhow::Result<()> {
        for selector in selectors {
            let clicked = self.until(selector, async || {
                self.driver.enter_frame(0).await?;
                let found = self.driver.find(By::Css(*selector)).await;
                let clicked = match found {
                    Ok(element) => element.click().await,
                    Err(error) => Err(error),
                };
                self.driver.enter_default_frame().await?;
                Ok(Some(clicked?))
            });
            clicked.await?;
        }
        Ok(())
    }

    /// Where the one frame of the page is; of a page that it refuses to show, the address of an error.
    ///
    /// # Errors
    /// When there is no frame.
    pub async fn framed(&self) -> anyhow::Result<String> {
        self.driver.enter_frame(0).await?;
        let url = self.run("return location.href", Vec::new()).await;
        self.driver.enter_default_frame().await?;
        Ok(url?.as_str().unwrap_or_default().to_owned())
    }

    fn keys(&self) -> ActionChain {
        self.driver.action_chain_with_delay(None, None)
    }
}
