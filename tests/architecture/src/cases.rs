//! The tables of `docs/security-tests.md` and `docs/security-requirements.md`, and the tests that they name.

use std::{collections::BTreeSet, path::Path};

use anyhow::Context as _;

use crate::tree;

/// One row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name, for example `T61a` or `R4b`.
    pub name: String,
    /// The line in the document.
    pub line: usize,
    /// The tests that prove it, each as `<package>::<function>`.
    pub tests: Vec<String>,
}

/// The rows of the table: those that begin with `| <letter><number>`, with the tests as code spans.
#[must_use]
pub fn cases(letter: char, text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (line, row) in (1..).zip(text.lines()) {
        let Some(name) = row.strip_prefix("| ").and_then(|row| row.split(' ').next()) else {
            continue;
        };
        if name
            .strip_prefix(letter)
            .is_some_and(|number| number.starts_with(|first: char| first.is_ascii_digit()))
        {
            let spans = row.split('`').skip(1).step_by(2).filter(|span| span.contains("::"));
            cases.push(Case { name: name.to_owned(), line, tests: spans.map(str::to_owned).collect() });
        }
    }
    cases
}

/// What is wrong with the table: a case that nothing proves, a test that does not exist, a case that is missing. Those that
/// are `reviewed` may name no test.
#[must_use]
pub fn breaches(
    cases: &[Case],
    required: &[&str],
    reviewed: &[&str],
    tests: &BTreeSet<String>,
) -> Vec<String> {
    let mut breaches = Vec::new();
    for case in cases {
        if case.tests.is_empty() && !reviewed.contains(&case.name.as_str()) {
            breaches.push(format!("line {}: no test is named for {}", case.line, case.name));
        }
        let unknown = case.tests.iter().filter(|test| !tests.contains(*test));
        breaches.extend(
            unknown.map(|test| format!("line {}: {} names {test}, which is no test", case.line, case.name)),
        );
    }
    let missing = required.iter().filter(|name| !cases.iter().any(|case| case.name == **name));
    breaches.extend(missing.map(|name| format!("{name} is missing")));
    breaches
}

/// The tests that are named and did not pass, by the log of `cargo test`: `test <path>::<function> ... ok`.
#[must_use]
pub fn not_run(cases: &[Case], log: &str) -> Vec<String> {
    let passed: BTreeSet<&str> = log
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... ok"))
        .map(|path| path.rsplit("::").next().unwrap_or(path))
        .collect();
    let named: BTreeSet<&String> = cases.iter().flat_map(|case| &case.tests).collect();
    let function = |test: &str| test.rsplit("::").next().unwrap_or_default().to_owned();
    named.into_iter().filter(|test| !passed.contains(function(test).as_str())).cloned().collect()
}

/// Every test of the workspace as `<package>::<function>`. The behaviours of the suites of testkit count as its tests.
///
/// # Errors
/// When a file cannot be read.
pub fn tests(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut tests = BTreeSet::new();
    for file in tree::files(root)?.iter().filter(|file| tree::has_extension(file, "rs")) {
        let text = tree::text(file)?.context("Rust is text")?;
        let package = package_of(root, file)?;
        let suite = file.components().any(|part| part.as_os_str() == "suite") && package == "bailee-testkit";
        tests.extend(names(&text, suite).map(|name| format!("{package}::{name}")));
    }
    Ok(tests)
}

/// The functions of a file that a test attribute stands before, or, in a suite, that are public and async.
fn names(text: &str, suite: bool) -> impl Iterator<Item = &str> {
    let mut attributed = false;
    text.lines().map(str::trim_start).filter_map(move |line| {
        if line.starts_with("#[") {
            attributed = !line.contains("ignore")
                && (attributed || line.starts_with("#[test]") || line.contains("::test"));
            return None;
        }
        let behaviour = suite && line.starts_with("pub async fn ");
        let (_, function) = line.split_once("fn ")?;
        let counts = std::mem::take(&mut attributed) || behaviour;
        function.split(['(', '<']).next().filter(|_| counts)
    })
}

fn package_of(root: &Path, file: &Path) -> anyhow::Result<String> {
    let manifest = file
        .ancestors()
        .take_while(|directory| directory.starts_with(root))
        .map(|directory| directory.join("Cargo.toml"))
        .find(|manifest| manifest.is_file())
        .with_context(|| format!("{} belongs to no package", file.display()))?;
    let text = tree::text(&manifest)?.context("a manifest is text")?;
    let manifest: toml::Table = text.parse()?;
    let name = manifest.get("package").and_then(|package| package.get("name")).and_then(toml::Value::as_str);
    Ok(name.unwrap_or_default().to_owned())
}
