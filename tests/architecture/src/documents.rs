//! Markdown documents and the files that they name.

use std::path::{Component, Path, PathBuf};

/// Directories whose names start a path in a code span.
const PLACES: [&str; 7] = [".ci", "benches", "crates", "docs", "examples", "src", "tests"];

/// Endings that make a path of a code span without a directory.
const ENDINGS: [&str; 3] = [".md", ".toml", ".yaml"];

/// Something that a document names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// The target of a relative link, without its fragment.
    Link(String),
    /// A code span that reads like a path.
    Span(String),
}

/// What the text names outside of its code blocks, with the numbers of the lines.
#[must_use]
pub fn named(text: &str) -> Vec<(usize, Named)> {
    let mut named = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let links = link_targets(line).into_iter().map(Named::Link);
            let spans = spans(line).into_iter().map(Named::Span);
            named.extend(links.chain(spans).map(|name| (number, name)));
        }
    }
    named
}

/// Files that the document at `path` names and that do not exist.
#[must_use]
pub fn missing(root: &Path, path: &Path, text: &str) -> Vec<String> {
    let place = path.strip_prefix(root).unwrap_or(path).display();
    named(text)
        .into_iter()
        .filter(|(_, name)| !exists(root, path, name))
        .map(|(line, name)| match name {
            Named::Link(target) => format!("{place}:{line} links to {target}, which does not exist"),
            Named::Span(target) => format!("{place}:{line} names `{target}`, which does not exist"),
        })
        .collect()
}

/// A link is relative to its document. A path in a code span is relative to that, to the top, or to the package.
fn exists(root: &Path, document: &Path, name: &Named) -> bool {
    let beside = document.parent().unwrap_or(root);
    match name {
        Named::Link(target) => within(root, &beside.join(target)),
        Named::Span(target) => {
            let package =
                beside.ancestors().find(|directory| directory.join("Cargo.toml").is_file()).unwrap_or(root);
            [beside, root, package, &package.join("src")].iter().any(|base| within(root, &base.join(target)))
        }
    }
}

/// Whether the path exists and is of the repository.
fn within(root: &Path, path: &Path) -> bool {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain.starts_with(root) && plain.exists()
}

/// Targets of `[text](target "title")` and `[text]: target`, without those that leave the repository, name an item of
/// Rust or stay in the document.
fn link_targets(line: &str) -> Vec<String> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
    let by_reference = line
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]: "))
        .and_then(|(_, rest)| rest.split_whitespace().next());
    inline
        .chain(by_reference)
        .filter(|target| !target.contains(':'))
        .filter_map(|target| target.split('#').next())
        .filter(|file| !file.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Code spans that read like paths of the repository: they start in one of its places or end like one of its documents.
/// A span with a placeholder (`crates/<yours>`, `src/*.rs`) names no file.
fn spans(line: &str) -> Vec<String> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .map(|span| if span.starts_with(".ci/") { first_word(span) } else { span })
        .filter(|span| !span.is_empty() && span.chars().all(is_of_path))
        .filter(|span| {
            let start = span.split('/').next().unwrap_or_default();
            let in_a_place = span.contains('/') && PLACES.contains(&start);
            in_a_place || (!span.starts_with('/') && ENDINGS.iter().any(|ending| span.ends_with(ending)))
        })
        .map(|span| span.trim_end_matches('/').to_owned())
        .collect()
}

/// The program of a command with arguments.
fn first_word(span: &str) -> &str {
    span.split(' ').next().unwrap_or_default()
}

fn is_of_path(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '-' | '_' | '/')
}
