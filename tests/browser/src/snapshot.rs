use std::{fs, path::Path};

use anyhow::{Context as _, ensure};

use crate::{Node, Tree, installed::variable};

/// How Chromium calls what no screen reader speaks of; other versions call it otherwise.
const SILENT: [&str; 6] =
    ["LabelText", "Legend", "MenuListPopup", "RootWebArea", "paragraph", "sectionheader"];

/// Compares what a screen reader is told with the file `snapshots/<name>.txt`; with `BAILEE_UPDATE_SNAPSHOTS=1` it is
/// written instead.
///
/// # Errors
/// With both, when they differ; when the file is not there.
pub fn told(name: &str, tree: &Tree) -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(format!("{name}.txt"));
    let told = spoken(tree);
    if variable("BAILEE_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        return Ok(fs::write(path, told)?);
    }
    let kept = fs::read_to_string(&path).with_context(|| format!("no {}", path.display()))?;
    ensure!(told == kept, "{name} is told in another way; it was\n{kept}\nand is\n{told}");
    Ok(())
}

/// One line for each node, without texts that only repeat a name, and without what differs from run to run.
fn spoken(tree: &Tree) -> String {
    let mut lines = String::new();
    // The names of what a node is in, of which some are not told.
    let mut around: Vec<Option<&str>> = Vec::new();
    for node in &tree.nodes {
        around.resize(node.depth, None);
        let within = around.iter().rev().find_map(|name| *name);
        let repeats = node.role == "StaticText" && within == Some(&node.name);
        let shown = !repeats && !SILENT.contains(&node.role.as_str());
        if shown {
            let depth = around.iter().flatten().count();
            lines.push_str(&steady(&Node { depth, ..node.clone() }.to_string()));
            lines.push('\n');
        }
        around.push(shown.then_some(&node.name));
    }
    lines
}

/// Ids and times as `…`. A text of how long ago it was is `just now` within the first minute.
fn steady(line: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(|mark: char| !mark.is_alphanumeric());
        let digits = bare.chars().filter(char::is_ascii_digit).count();
        if digits >= 9 || bare.matches(':').count() > 0 && digits > 0 {
            word.replace(bare, "…")
        } else {
            word.to_owned()
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
