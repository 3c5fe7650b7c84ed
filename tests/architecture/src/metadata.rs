//! What cargo tells about the workspace and all that it depends on.

use std::{collections::BTreeMap, path::PathBuf, process::Command};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// The workspace and its resolved dependencies.
#[derive(Debug, Deserialize)]
pub struct Metadata {
    /// Members and dependencies.
    pub packages: Vec<Package>,
    /// The ids of the members.
    pub workspace_members: Vec<String>,
    /// The top of the repository.
    pub workspace_root: PathBuf,
}

/// One package.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its unique id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Where its `Cargo.toml` is.
    pub manifest_path: PathBuf,
    /// Its Rust edition.
    pub edition: String,
    /// The oldest compiler that it promises to work with.
    pub rust_version: Option<String>,
    /// What it is, in a sentence.
    pub description: Option<String>,
    /// Under which terms it may be used.
    pub license: Option<String>,
    /// Registries that it may be published to: `Some([])` means none, `None` means any.
    pub publish: Option<Vec<String>>,
    /// Its direct dependencies, of every kind and platform.
    pub dependencies: Vec<Dependency>,
    /// Its features and what each of them turns on.
    pub features: BTreeMap<String, Vec<String>>,
}

/// One edge of the dependency graph.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Dependency {
    /// The name of the package, whatever it is renamed to.
    pub name: String,
    /// The required version; `*` when none is written.
    pub req: String,
    /// `None` for a normal one, else `dev` or `build`.
    pub kind: Option<String>,
    /// Whether a feature turns it on.
    pub optional: bool,
    /// Where it is, when it is in this workspace.
    pub path: Option<PathBuf>,
}

impl Metadata {
    /// Asks cargo, for the platform that the tests run on.
    ///
    /// # Errors
    /// When cargo fails: most often because `Cargo.lock` is behind the manifests.
    pub fn read() -> anyhow::Result<Self> {
        let host = cargo(&["-vV"])?
            .lines()
            .find_map(|line| line.strip_prefix("host: ").map(str::to_owned))
            .context("cargo did not tell its host")?;
        let json = cargo(&["metadata", "--format-version=1", "--locked", "--filter-platform", &host])?;
        serde_json::from_str(&json).context("cargo metadata has another shape")
    }

    /// The members of the workspace.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }

    /// The members in `crates/`: what is published.
    pub fn libraries(&self) -> impl Iterator<Item = &Package> {
        let crates = self.workspace_root.join("crates");
        self.members().filter(move |package| package.manifest_path.starts_with(&crates))
    }
}

fn cargo(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .context("cannot start cargo")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo {} failed: {complaint}", arguments.join(" "));
    String::from_utf8(output.stdout).context("cargo did not answer with text")
}

/// Packages that need a newer compiler than `ours`.
#[must_use]
pub fn newer_than(ours: &str, packages: &[Package]) -> Vec<String> {
    let floor = parts(ours);
    packages
        .iter()
        .filter_map(|package| Some((package, package.rust_version.as_deref()?)))
        .filter(|(_, theirs)| parts(theirs) > floor)
        .map(|(package, theirs)| {
            let Package { name, version, .. } = package;
            format!("{name} {version} needs Rust {theirs}, and we promise {ours}")
        })
        .collect()
}

/// `1.94` is `[1, 94, 0]`, so that versions compare by number.
fn parts(version: &str) -> [u64; 3] {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}
