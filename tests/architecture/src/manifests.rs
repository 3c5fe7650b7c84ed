//! What the manifests of the workspace must say.

use toml::{Table, Value};

const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
const SHARED: [&str; 4] = ["edition", "license", "rust-version", "version"];

/// A manifest and where it is, relative to the top.
#[derive(Debug)]
pub struct Manifest {
    /// `crates/bailee-core/Cargo.toml`.
    pub path: String,
    /// What it says.
    pub table: Table,
}

/// What every member must say: shared fields and lints from the workspace, no version of its own.
#[must_use]
pub fn member_breaches(manifest: &Manifest) -> Vec<String> {
    let Manifest { path, table } = manifest;
    let mut breaches = Vec::new();
    for field in SHARED {
        if !inherits(get(table, &["package", field])) {
            breaches.push(format!("{path}: package.{field} is not the workspace's"));
        }
    }
    if !inherits(table.get("lints")) {
        breaches.push(format!("{path}: lints.workspace is not true"));
    }
    for (kind, name, value) in dependencies(table) {
        // What is never published may lean on what is never published.
        let unpublished = get(table, &["package", "publish"]).and_then(Value::as_bool) == Some(false);
        let by_path = (kind == "dev-dependencies" || unpublished)
            && value.get("path").is_some()
            && value.get("version").is_none();
        if !inherits(Some(value)) && !by_path {
            breaches.push(format!("{path}: {name} takes its version from elsewhere than the root"));
        }
    }
    breaches
}

/// What a crate must say besides: what it is, and which page introduces it.
#[must_use]
pub fn library_breaches(manifest: &Manifest) -> Vec<String> {
    let Manifest { path, table } = manifest;
    let mut breaches = Vec::new();
    for field in ["categories", "keywords", "repository"] {
        if !inherits(get(table, &["package", field])) {
            breaches.push(format!("{path}: package.{field} is not the workspace's"));
        }
    }
    let description = get(table, &["package", "description"]).and_then(Value::as_str);
    if description.is_none_or(str::is_empty) {
        breaches.push(format!("{path}: package.description is missing"));
    }
    if get(table, &["package", "readme"]).and_then(Value::as_str) != Some("README.md") {
        breaches.push(format!("{path}: package.readme is not README.md"));
    }
    breaches
}

/// What an example or a test package must say besides: that it stays here.
#[must_use]
pub fn private_breaches(manifest: &Manifest) -> Vec<String> {
    let Manifest { path, table } = manifest;
    let publish = get(table, &["package", "publish"]).and_then(Value::as_bool);
    match publish {
        Some(false) => Vec::new(),
        _ => vec![format!("{path}: package.publish is not false")],
    }
}

/// Entries of the root's `[workspace.dependencies]` that no member uses.
#[must_use]
pub fn unused(root: &Table, members: &[Manifest]) -> Vec<String> {
    let entries = get(root, &["workspace", "dependencies"]).and_then(Value::as_table);
    entries
        .into_iter()
        .flat_map(Table::keys)
        .filter(|entry| {
            !members
                .iter()
                .flat_map(|member| dependencies(&member.table))
                .any(|(_, name, _)| name == entry.as_str())
        })
        .map(|entry| format!("nobody uses {entry} of [workspace.dependencies]"))
        .collect()
}

/// Entries of `[workspace.dependencies]` that stand before one with an earlier name.
#[must_use]
pub fn unsorted(root: &str) -> Vec<String> {
    let names: Vec<_> = root
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
        .collect();
    names
        .iter()
        .zip(names.iter().skip(1))
        .filter(|(first, second)| first > second)
        .map(|(first, second)| format!("[workspace.dependencies] has {second} after {first}"))
        .collect()
}

fn dependencies(table: &Table) -> Vec<(&str, &str, &Value)> {
    let everywhere = KINDS.iter().map(|kind| (*kind, table.get(*kind)));
    let targets = table.get("target").and_then(Value::as_table);
    let somewhere = targets
        .into_iter()
        .flat_map(Table::values)
        .flat_map(|target| KINDS.iter().map(|kind| (*kind, target.get(kind))));
    everywhere
        .chain(somewhere)
        .filter_map(|(kind, list)| Some((kind, list?.as_table()?)))
        .flat_map(|(kind, list)| list.iter().map(move |(name, value)| (kind, name.as_str(), value)))
        .collect()
}

fn get<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(table.get(*first)?, |value, name| value.get(name))
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")?.as_bool()) == Some(true)
}
