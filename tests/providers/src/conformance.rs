//! Recorded requests against the official descriptions of Google's APIs, where those are at hand.
//!
//! A description is looked for beside the workspace, as `<folder>/specs/google/<api>.discovery.json`. Without it the check
//! is skipped, and says so.

mod method;
mod scopes;
mod value;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

pub use scopes::scopes_suffice;

use bailee_testkit::{MockGoogle, mock_provider::Endpoint};

/// The APIs that the mock has, by the first part of their methods' names, with the names of their descriptions.
const APIS: [(&str, &str); 5] = [
    ("calendar", "calendar-v3"),
    ("docs", "docs-v1"),
    ("drive", "drive-v3"),
    ("gmail", "gmail-v1"),
    ("sheets", "sheets-v4"),
];

/// Checks every request that reached an API of the mock, and that there was at least one.
///
/// # Errors
/// When a request does not fit the description of its API: its method, path, a query parameter or a member of its body;
/// and when one was for nothing that is there.
#[expect(clippy::print_stdout, reason = "a check that is skipped says so")]
pub fn requests_conform(mock: &MockGoogle) -> Result<()> {
    let mut descriptions = BTreeMap::new();
    let mut calls = 0_usize;
    for request in mock.requests() {
        let Some(endpoint) = request.endpoint else {
            anyhow::bail!("nothing is there for {request:?}");
        };
        let Endpoint::Api(id) = endpoint else { continue };
        calls += 1;
        let api = id.split('.').next().unwrap_or_default();
        let (_, name) = APIS.iter().find(|(known, _)| *known == api).context("an API of another name")?;
        if !descriptions.contains_key(name) {
            descriptions.insert(name, description(name)?);
        }
        match descriptions.get(name).and_then(Option::as_ref) {
            Some(description) => {
                method::conforms(description, id, &request).with_context(|| format!("{id}: {request:?}"))?;
            }
            None => println!("skipped: no {name}.discovery.json beside the workspace"),
        }
    }
    ensure!(calls > 0, "no request reached an API");
    Ok(())
}

/// The description of that name in a folder next to the workspace.
fn description(name: &str) -> Result<Option<Value>> {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", ".."].iter().collect();
    let Ok(root) = root.canonicalize() else {
        return Ok(None);
    };
    let Some(Ok(folders)) = root.parent().map(fs::read_dir) else {
        return Ok(None);
    };
    for folder in folders.flatten() {
        let file = Path::new("specs/google").join(format!("{name}.discovery.json"));
        let path = folder.path().join(file);
        if path.is_file() {
            return Ok(Some(serde_json::from_slice(&fs::read(path)?)?));
        }
    }
    Ok(None)
}
