//! The files of the repository.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;

/// Directories of tools, not of ours.
const FOREIGN: [&str; 3] = [".git", "node_modules", "target"];

/// The top of the repository.
///
/// # Errors
/// When this package is not two levels below it.
pub fn root() -> anyhow::Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .map(Path::to_owned)
        .context("this package is tests/architecture of the workspace")
}

/// Every file below `directory`, in the order of their names.
///
/// # Errors
/// When a directory cannot be read.
pub fn files(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(directory, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = fs::read_dir(directory)
        .with_context(|| format!("cannot read the directory {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            if !FOREIGN.iter().any(|name| entry.file_name() == *name) {
                collect(&entry.path(), found)?;
            }
        } else {
            found.push(entry.path());
        }
    }
    Ok(())
}

/// The text of a file; `None` when it is not text.
///
/// # Errors
/// When it cannot be read.
pub fn text(path: &Path) -> anyhow::Result<Option<String>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}

/// Whether the path ends with this extension.
#[must_use]
pub fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Lines of text files that mention one of `words`: `file:line mentions word`.
///
/// # Errors
/// When a file cannot be read.
pub fn mentions(root: &Path, files: &[PathBuf], words: &[&str]) -> anyhow::Result<Vec<String>> {
    let mut breaches = Vec::new();
    for file in files {
        let Some(text) = text(file)? else { continue };
        let name = file.strip_prefix(root).unwrap_or(file).display();
        for (number, line) in (1..).zip(text.lines()) {
            for word in words.iter().filter(|word| line.contains(**word)) {
                breaches.push(format!("{name}:{number} mentions {word}"));
            }
        }
    }
    Ok(breaches)
}
