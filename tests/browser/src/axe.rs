use std::fs;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::{
    Window,
    installed::{file, skip},
};

/// Everything of WCAG 2.2 AA that a machine can tell, and what is good practice besides.
const TAGS: [&str; 7] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/// Runs in the page. A promise is waited for.
const RUN: &str = "return axe.run(document, { runOnly: { type: 'tag', values: arguments[0] },
    resultTypes: ['violations', 'incomplete'] }).then(({ violations, incomplete }) => ({ violations, incomplete }));";

/// axe-core, where it is installed.
#[derive(Clone, Debug)]
pub struct Axe {
    source: String,
}

impl Axe {
    /// The file that `AXE_CORE` names, else the one that `.ci/run` installs; `None` with a word on the console where there
    /// is none.
    ///
    /// # Errors
    /// With `BAILEE_REQUIRE_BROWSER=1`, instead of `None`.
    pub fn installed() -> anyhow::Result<Option<Self>> {
        let path = file("AXE_CORE", "node/node_modules/axe-core/axe.min.js")?;
        match fs::read_to_string(&path) {
            Ok(source) => Ok(Some(Self { source })),
            Err(_) => skip(&format!("axe-core is not at {}", path.display())).map(|()| None),
        }
    }

    /// Looks at the page of a window as it is now.
    ///
    /// # Errors
    /// With everything that is wrong, and everything that axe cannot decide.
    pub async fn check(&self, window: &Window, state: &str) -> anyhow::Result<()> {
        window.run(&self.source, Vec::new()).await?;
        let found = window.run(RUN, vec![json!(TAGS)]).await?;
        let list = |kind: &str| found.get(kind).and_then(Value::as_array).cloned().context("axe did not run");
        let told: Vec<_> = list("violations")?
            .iter()
            .map(|rule| told("violation", rule))
            .chain(list("incomplete")?.iter().map(|rule| told("undecided", rule)))
            .collect();
        ensure!(told.is_empty(), "axe on {state}:\n{}", told.join("\n"));
        Ok(())
    }
}

fn told(kind: &str, rule: &Value) -> String {
    let text =
        |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let nodes = rule.get("nodes").and_then(Value::as_array).into_iter().flatten();
    let nodes: Vec<_> = nodes
        .map(|node| {
            format!("    {}\n    {}", text(node, "html"), text(node, "failureSummary").replace('\n', " "))
        })
        .collect();
    format!("{kind} {}: {}\n{}", text(rule, "id"), text(rule, "help"), nodes.join("\n"))
}
